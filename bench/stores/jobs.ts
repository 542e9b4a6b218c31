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
import { Missing, type Operations, type StoreCase } from './store-case.ts'

/*
 * Jobs accepted: from the request to the answer that the job will not be lost. One of them runs and never ends; the others
 * wait, so that nothing but their acceptance is measured.
 */

const GROUP = 'accept a job'
const TASK = '{"task":"report"}'
const AMQP_URL = process.env.AMQP_URL ?? 'amqp://guest:guest@127.0.0.1:5672'
const REDIS_URL = process.env.REDIS_URL ?? 'redis://127.0.0.1:6379'
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

async function overRabbitmq(): Promise<Operations> {
  const broker = await connect(AMQP_URL, { noDelay: true }).catch(error => {
    throw new Missing(`no RabbitMQ (${(error as { code?: string }).code ?? 'it refuses'}); AMQP_URL says where`)
  })
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
    obliterate(options: { force: boolean }): Promise<void>
    close(): Promise<void>
  }
}

/** A queue without workers. Redis is as it is configured on this machine: by default it writes to the disk now and then. */
async function bullMq(): Promise<Operations> {
  if (!peerInstalled('bullmq')) throw new Missing('BullMQ is not installed: npm ci --prefix bench/peers')
  const { Queue } = importPeer<BullMq>('bullmq')
  const queue = new Queue(`archlab-bench-${randomUUID()}`, { connection: { url: REDIS_URL, maxRetriesPerRequest: 1 } })
  queue.on('error', () => {})
  let timer: NodeJS.Timeout | undefined
  const patience = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Missing('no Redis; REDIS_URL says where')), 3000)
  })
  try {
    await Promise.race([queue.waitUntilReady(), patience])
  } catch (error) {
    await queue.close().catch(() => {})
    throw error instanceof Missing ? error : new Missing('no Redis; REDIS_URL says where')
  } finally {
    clearTimeout(timer)
  }
  const task = JSON.parse(TASK)
  return {
    async run() {
      const { id } = await queue.add('report', task)
      if (!id) throw new Error('BullMQ gave no id')
    },
    async close() {
      await queue.obliterate({ force: true })
      await queue.close()
    },
  }
}

export const jobCases: readonly StoreCase[] = [
  { group: GROUP, store: 'memory', how: 'component', open: () => worker({ queue: 'memory' }) },
  {
    group: GROUP,
    store: 'SQLite, synchronous: normal',
    how: 'component',
    open: () => worker({ queue: 'sqlite', synchronous: 'normal' }),
  },
  {
    group: GROUP,
    store: 'SQLite, synchronous: full',
    how: 'component',
    open: () => worker({ queue: 'sqlite', synchronous: 'full' }),
  },
  { group: GROUP, store: 'RabbitMQ', how: 'component', open: overRabbitmq },
  { group: GROUP, store: 'Redis', how: 'BullMQ', open: bullMq },
]
