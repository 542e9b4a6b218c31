import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { components } from '@archlab/components/catalog'
import { type ComponentDefinition, decodeSettings, systemClock } from '@archlab/runtime/kit'
import { fakeContext } from '@archlab/runtime/testing'
import { connect } from 'amqplib'
import { importPeer, peerInstalled } from '../support/peers.ts'
import { arrived, asOperations } from './component.ts'
import { ownRedis, type Persistence } from './own-redis.ts'
import { Missing, type Operations, type StoreCase } from './store-case.ts'

/*
 * Jobs accepted: from the request to the answer that the job will not be lost. One of them runs and never ends; the others
 * wait, so that nothing but their acceptance is measured.
 */

/** What these cases measure. */
export const ACCEPT_A_JOB = 'accept a job'
const TASK = '{"task":"report"}'
const AMQP_URL = process.env.AMQP_URL ?? 'amqp://guest:guest@127.0.0.1:5672'
const NEVER_ENDS = { 'job-time': '1h', 'job-timeout': '2h', concurrency: 1, 'queue-limit': 1_000_000 }

/** A worker with these settings and a file of its own. */
async function worker(settings: Record<string, unknown>): Promise<Operations> {
  const folder = mkdtempSync(join(tmpdir(), 'archlab-bench-'))
  const { default: definition } = (await import(components.worker!)) as { default: ComponentDefinition }
  const all = { ...NEVER_ENDS, ...settings }
  const { prepared } = await definition.prepare!({
    settings: decodeSettings(definition.settings, all),
    component: 'worker',
    folder,
    stateFolder: folder,
    readText: () => '',
  })
  const context = fakeContext(definition, { settings: all, prepared, clock: systemClock })
  const handler = await definition.create(context)
  const close = async (): Promise<void> => {
    await context.scope.close()
    rmSync(folder, { recursive: true, force: true })
  }
  return asOperations({ handler, close }, () => arrived('POST', '/task', TASK), 202)
}

const connectBroker = () =>
  connect(AMQP_URL, { noDelay: true }).catch(error => {
    throw new Missing(`no RabbitMQ (${(error as { code?: string }).code ?? 'it refuses'}); AMQP_URL says where`)
  })

async function overRabbitmq(): Promise<Operations> {
  const broker = await connectBroker()
  const queue = `archlab-bench.${randomUUID()}`
  const operations = await worker({ queue: AMQP_URL, 'queue-name': queue, timeout: '10s' })
  await connected(operations)
  return {
    run: operations.run,
    async close() {
      await operations.close()
      const channel = await broker.createChannel()
      for (const part of ['dead', ...Array.from({ length: 10 }, (_, at) => `p${at}`)]) {
        await channel.deleteQueue(`${queue}.${part}`)
      }
      await broker.close()
    },
  }
}

/** The driver alone: the message in a quorum queue, confirmed. Nobody could ask for its state, or take it back. */
async function bareBroker(): Promise<Operations> {
  const broker = await connectBroker()
  const channel = await broker.createConfirmChannel()
  const queue = `archlab-bench.${randomUUID()}`
  await channel.assertQueue(queue, { durable: true, arguments: { 'x-queue-type': 'quorum' } })
  return {
    run: () =>
      new Promise((resolve, reject) => {
        channel.sendToQueue(queue, Buffer.from(TASK), { persistent: true }, error =>
          error ? reject(error) : resolve(),
        )
      }),
    async close() {
      await channel.deleteQueue(queue)
      await broker.close()
    },
  }
}

/** The component connects in the background: its first answer that is no refusal says that it has. */
async function connected(operations: Operations): Promise<void> {
  const untilMs = performance.now() + 10_000
  for (;;) {
    try {
      return await operations.run(0)
    } catch (error) {
      if (performance.now() > untilMs) throw error
      await new Promise(resolve => setTimeout(resolve, 20))
    }
  }
}

/** BullMQ's own interface, as far as it is used here. */
interface BullMq {
  Queue: new (
    name: string,
    options: { connection: { url: string; maxRetriesPerRequest: number } },
  ) => {
    waitUntilReady(): Promise<unknown>
    on(event: 'error', listener: () => void): void
    add(name: string, task: unknown): Promise<{ id?: string }>
    close(): Promise<void>
  }
}

/** A queue without workers, on a Redis of its own that writes down what it is told as `persistence` says. */
async function bullMq(persistence: Persistence): Promise<Operations> {
  if (!peerInstalled('bullmq')) throw new Missing('BullMQ is not installed: npm ci --prefix bench/peers')
  const { Queue } = importPeer<BullMq>('bullmq')
  const redis = await ownRedis(persistence)
  const queue = new Queue(`archlab-bench-${randomUUID()}`, { connection: { url: redis.url, maxRetriesPerRequest: 1 } })
  queue.on('error', () => {})
  await queue.waitUntilReady()
  const task = JSON.parse(TASK)
  return {
    async run() {
      const { id } = await queue.add('report', task)
      if (!id) throw new Error('BullMQ gave no id')
    },
    async close() {
      await queue.close()
      await redis.close()
    },
  }
}

/** What an accepted job survives. */
const NOTHING = 'nothing'
const KILL = 'kill -9'
const POWER_CUT = 'power cut'

const jobCase = (store: string, how: string, survives: string, open: () => Promise<Operations>): StoreCase => ({
  group: ACCEPT_A_JOB,
  store,
  how,
  survives,
  open,
})

const sqlite = (synchronous: string) => (): Promise<Operations> => worker({ queue: 'sqlite', synchronous })

export const jobCases: readonly StoreCase[] = [
  jobCase('memory', 'component', NOTHING, () => worker({ queue: 'memory' })),
  jobCase('Redis, no persistence', 'BullMQ', NOTHING, () => bullMq('none')),
  jobCase('SQLite, synchronous: normal', 'component', KILL, sqlite('normal')),
  jobCase('Redis, appendfsync everysec', 'BullMQ', KILL, () => bullMq('everysec')),
  jobCase('SQLite, synchronous: full', 'component', POWER_CUT, sqlite('full')),
  jobCase('RabbitMQ', 'component', POWER_CUT, overRabbitmq),
  // The driver alone is no queue of jobs: it is beside the component on the same store only.
  { group: ACCEPT_A_JOB, store: 'RabbitMQ', how: 'amqplib', open: bareBroker },
  jobCase('Redis, appendfsync always', 'BullMQ', POWER_CUT, () => bullMq('always')),
]
