import { randomUUID } from 'node:crypto'
import { connect as connectSocket } from 'node:net'
import { connect } from 'amqplib'

/** RabbitMQ as it is after its installation. */
export const RABBITMQ_PORT = 5672

/** Its URL; `port` may be that of a proxy before it. */
export const rabbitmqUrl = (port = RABBITMQ_PORT): string => `amqp://guest:guest@127.0.0.1:${port}`

/** Why tests with RabbitMQ are skipped; false when it is there. */
export const noRabbitmq: string | false = (await answers()) ? false : `no RabbitMQ on 127.0.0.1:${RABBITMQ_PORT}`

/** A name for the queues of one test, which deletes them when its labs are closed: one that runs would make them again. */
export const queueName = (): string => `archlab-test.${randomUUID()}`

/** What lies in the queues of a worker, by the last part of their names: `p0` to `p9` and `dead`. */
export function messagesIn(name: string, port = RABBITMQ_PORT): Promise<Record<string, number>> {
  return withChannel(port, async channel => {
    const counts: Record<string, number> = {}
    for (const part of PARTS) counts[part] = (await channel.checkQueue(`${name}.${part}`)).messageCount
    return counts
  })
}

/** Deletes the queues of a worker, with all that lies in them. */
export async function deleteQueues(name: string): Promise<void> {
  await withChannel(RABBITMQ_PORT, async channel => {
    for (const part of PARTS) await channel.deleteQueue(`${name}.${part}`)
  })
}

const PARTS = ['dead', ...Array.from({ length: 10 }, (_, priority) => `p${priority}`)]

type Channel = Awaited<ReturnType<Awaited<ReturnType<typeof connect>>['createChannel']>>

async function withChannel<T>(port: number, use: (channel: Channel) => Promise<T>): Promise<T> {
  const connection = await connect(rabbitmqUrl(port), { noDelay: true })
  // Whoever waits for an answer is told of it too.
  connection.on('error', () => {})
  try {
    return await use(await connection.createChannel())
  } finally {
    await connection.close()
  }
}

function answers(): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connectSocket({ port: RABBITMQ_PORT, host: '127.0.0.1' })
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
