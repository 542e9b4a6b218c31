import { randomUUID } from 'node:crypto'
import { connect as connectSocket, createServer, type Socket } from 'node:net'
import type { TestContext } from 'node:test'
import { connect } from 'amqplib'
import { PRIORITY_MAX } from '../job.ts'
import { deadLettersOf, queueOf } from './connection.ts'

/** RabbitMQ as it is after its installation. */
export const RABBITMQ_URL = 'amqp://guest:guest@127.0.0.1:5672'

/** A way to RabbitMQ that can be shut: to the broker it is as if the client had died. */
export async function openDoor(t: TestContext): Promise<{ url: string; shut(): void }> {
  const sockets = new Set<Socket>()
  const server = createServer(near => {
    const far = connectSocket({ port: 5672, host: '127.0.0.1', noDelay: true })
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from)
      from.on('error', () => {}).on('close', () => to.destroy())
      from.pipe(to)
    }
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  const shut = (): void => {
    server.close()
    for (const socket of sockets) socket.destroy()
  }
  t.after(shut)
  return { url: RABBITMQ_URL.replace('5672', String(port)), shut }
}

/** Why tests with RabbitMQ are skipped; false when it is there. */
export const noRabbitmq: string | false = (await answers(5672)) ? false : 'no RabbitMQ on 127.0.0.1:5672'

/** A name that no other test uses. */
export const randomQueue = (): string => `archlab-test.${randomUUID()}`

/** Deletes the queues of a worker. */
export async function deleteQueues(queue: string): Promise<void> {
  await withChannel(async channel => {
    await channel.deleteQueue(deadLettersOf(queue))
    for (let priority = 0; priority <= PRIORITY_MAX; priority++) await channel.deleteQueue(queueOf(queue, priority))
  })
}

/** Throws away what waits in the queues of a worker, behind its back. */
export async function purgeQueues(queue: string): Promise<void> {
  await withChannel(async channel => {
    for (let priority = 0; priority <= PRIORITY_MAX; priority++) await channel.purgeQueue(queueOf(queue, priority))
  })
}

/** How many messages lie on the dead-letter queue. */
export async function deadLetters(queue: string): Promise<number> {
  let count = 0
  await withChannel(async channel => {
    count = (await channel.checkQueue(deadLettersOf(queue))).messageCount
  })
  return count
}

/** Publishes anything to the queue of priority 0. */
export async function publishRaw(queue: string, text: string): Promise<void> {
  await withChannel(async channel => {
    channel.sendToQueue(queueOf(queue, 0), Buffer.from(text))
    await channel.waitForConfirms()
  })
}

type Channel = Awaited<ReturnType<Awaited<ReturnType<typeof connect>>['createConfirmChannel']>>

async function withChannel(use: (channel: Channel) => Promise<void>): Promise<void> {
  const connection = await connect(RABBITMQ_URL, { noDelay: true })
  try {
    await use(await connection.createConfirmChannel())
  } finally {
    await connection.close()
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connectSocket({ port, host: '127.0.0.1' })
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
