import { createClient } from '@redis/client'
import { arrived, asOperations, startComponent } from './component.ts'
import { KEYS, keyAt, Missing, type Operations, type StoreCase, valueAt } from './store-case.ts'

/* Reads and writes of a cache: through the component, and with the driver alone. */

const REDIS_URL = process.env.REDIS_URL ?? 'redis://127.0.0.1:6379'

/** Stands before the keys of one case. */
const newPrefix = (): string => `archlab-bench-${crypto.randomUUID()}:`

/** Long enough for a run; what a case leaves behind when it is ended by force goes by itself. */
const TTL_MS = 600_000

const newClient = () =>
  createClient({
    url: REDIS_URL,
    socket: { reconnectStrategy: false, connectTimeout: 2000 },
    // As the component has it: without a timer for each command.
    commandOptions: { timeout: 0 },
  }).on('error', () => {})
type Redis = ReturnType<typeof newClient>

async function connect(): Promise<Redis> {
  const client = newClient()
  try {
    await client.connect()
    return client
  } catch (error) {
    throw new Missing(`no Redis (${(error as { code?: string }).code ?? 'it refuses'}); REDIS_URL says where`)
  }
}

async function forget(client: Redis, prefix: string): Promise<void> {
  for (let at = 0; at < KEYS; at++) await client.del(`${prefix}${keyAt(at)}`)
}

async function component(settings: Record<string, unknown>, read: boolean): Promise<Operations> {
  const { handler, close } = await startComponent('cache', { ...settings, ttl: `${TTL_MS}ms` })
  const write = (at: number) => arrived('PUT', `/cache/${keyAt(at)}`, `{"value":${valueAt(at)}}`)
  for (let at = 0; at < KEYS; at++) await handler(write(at))
  const requestAt = read ? (at: number) => arrived('GET', `/cache/${keyAt(at)}`) : write
  return asOperations({ handler, close }, requestAt, 200)
}

async function inRedis(read: boolean): Promise<Operations> {
  const client = await connect()
  const prefix = newPrefix()
  const operations = await component({ store: REDIS_URL, 'key-prefix': prefix }, read)
  return {
    run: operations.run,
    async close() {
      await forget(client, prefix)
      client.destroy()
      await operations.close()
    },
  }
}

async function driver(read: boolean): Promise<Operations> {
  const client = await connect()
  const prefix = newPrefix()
  const set = (at: number) =>
    client.set(`${prefix}${keyAt(at)}`, valueAt(at), { expiration: { type: 'PX', value: TTL_MS } })
  for (let at = 0; at < KEYS; at++) await set(at)
  return {
    async run(at) {
      const answer = read ? await client.get(`${prefix}${keyAt(at)}`) : await set(at)
      if (read ? answer === null : answer !== 'OK') throw new Error(`Redis answered ${answer}`)
    },
    async close() {
      await forget(client, prefix)
      client.destroy()
    },
  }
}

const group = (name: string, read: boolean): StoreCase[] => [
  { group: name, store: 'memory', how: 'component', open: () => component({}, read) },
  { group: name, store: 'Redis', how: 'component', open: () => inRedis(read) },
  { group: name, store: 'Redis', how: '@redis/client', open: () => driver(read) },
]

export const cacheCases: readonly StoreCase[] = [...group('cache, read', true), ...group('cache, write', false)]
