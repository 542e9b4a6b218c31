import { type Cancellation, errorCode, type StoreTrouble } from '@archlab/runtime/kit'
import type { RedisAddress } from './redis-address.ts'

/** A connection to Redis, or the connections to a cluster. */
export interface RedisConnection {
  /** Sends a command whose second word is its key. Commands of one turn of the event loop travel together. */
  send(command: string[]): Promise<unknown>
  destroy(): void
}

/** What `openRedis` is given. */
export interface RedisOptions {
  readonly address: RedisAddress
  /** Certificates to trust, in PEM; those of Node.js when absent. */
  readonly ca: string | undefined
  /** How long connecting may take, and an operation. */
  readonly timeoutMs: number
  /** The connection has gone and does not come back by itself. */
  lost(connection: RedisConnection, reason: string): void
}

/** Longest wait of a cluster's client before it tries a node again. */
const NODE_DELAY_MAX_MS = 5000

/** Opens a connection that is ready for use; rejects when that cannot be. */
export async function openRedis(options: RedisOptions, cancellation: Cancellation): Promise<RedisConnection> {
  // Loading it takes a tenth of a second, which only labs with a Redis shall pay for.
  const driver = await import('@redis/client')
  return options.address.cluster
    ? openCluster(driver, options, cancellation)
    : openSingle(driver, options, cancellation)
}

type Driver = typeof import('@redis/client')

async function openSingle(
  { createClient }: Driver,
  options: RedisOptions,
  cancellation: Cancellation,
): Promise<RedisConnection> {
  const { address, lost } = options
  const [node] = address.nodes
  const client = createClient({
    ...common(options),
    database: address.database,
    // A connection that breaks is replaced by a new one, at the pace of whoever opened it.
    socket: { ...socketOptions(options), ...node, reconnectStrategy: false },
  })
  const connection: RedisConnection = {
    send: command => client.sendCommand(command),
    destroy: () => client.destroy(),
  }
  client.on('error', () => {})
  client.on('terminated', cause => lost(connection, reason(cause)))
  return ready(connection, client.connect(), cancellation)
}

/** The driver keeps the connections to the nodes itself, and follows the cluster when it changes. */
async function openCluster(
  { createCluster }: Driver,
  options: RedisOptions,
  cancellation: Cancellation,
): Promise<RedisConnection> {
  const { address, lost } = options
  const cluster = createCluster({
    rootNodes: address.nodes.map(node => ({ socket: { ...node } })),
    commandOptions: common(options).commandOptions,
    defaults: { ...common(options), socket: { ...socketOptions(options), reconnectStrategy: nodeDelay } },
  })
  const connection: RedisConnection = {
    send: command => cluster.sendCommand(command[1], command[0] === 'GET', command),
    destroy: () => cluster.destroy(),
  }
  cluster.on('error', () => {})
  cluster.on('node-error', (error: unknown) => {
    // As long as one node is there, the others may come back, or hand their keys over.
    if (!cluster.masters.some(({ client }) => client && 'isReady' in client && client.isReady)) {
      lost(connection, reason(error))
    }
  })
  return ready(connection, cluster.connect(), cancellation)
}

/** The connection when `connecting` has succeeded; it is destroyed when that fails, or nobody waits any more. */
async function ready(
  connection: RedisConnection,
  connecting: Promise<unknown>,
  cancellation: Cancellation,
): Promise<RedisConnection> {
  const unsubscribe = cancellation.onCancel(() => connection.destroy())
  try {
    await connecting
    return connection
  } catch (error) {
    connection.destroy()
    throw error
  } finally {
    unsubscribe()
  }
}

function common({ address, timeoutMs }: RedisOptions) {
  const { username, password } = address
  return {
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    // Nothing waits inside of the driver for a connection to come back.
    disableOfflineQueue: true,
    // With the limit of silence below this finds a server that takes bytes and says nothing.
    pingInterval: timeoutMs,
    // The driver would arm a timer for each command; who sends them has limits of its own.
    commandOptions: { timeout: 0 },
    maintNotifications: 'disabled',
  } as const
}

function socketOptions({ address, ca, timeoutMs }: RedisOptions) {
  const limits = { connectTimeout: timeoutMs, socketTimeout: 2 * timeoutMs }
  if (!address.tls) return limits
  return { ...limits, tls: true, ...(ca === undefined ? {} : { ca }) } as const
}

/** Waiting time before a node of a cluster is tried again, with a random half left out. */
function nodeDelay(retries: number): number {
  const longestMs = Math.min(NODE_DELAY_MAX_MS, 100 * 2 ** Math.min(retries, 16))
  return longestMs * (1 - Math.random() / 2)
}

/** Error replies that pass with time (redis.io/docs, error codes in the server's sources). */
const PASSING: ReadonlySet<string> = new Set([
  'BUSY',
  'CLUSTERDOWN',
  'LOADING',
  'MASTERDOWN',
  'MISCONF',
  'NOREPLICAS',
  'OOM',
  'READONLY',
  'TRYAGAIN',
])

/** What an error of a command means. */
export function judge(error: unknown): StoreTrouble {
  if (!isErrorReply(error)) return 'lost'
  return PASSING.has(reason(error)) ? 'refused' : 'broken'
}

/** The first word of Redis' error reply, e.g. `WRONGPASS`; else the code or class of the error. */
export function reason(error: unknown): string {
  if (!isErrorReply(error)) return errorCode(error)
  return /^[A-Z]{2,30}\b/.exec(error.message)?.[0] ?? 'ERR'
}

/** By name: the driver is not loaded unless it is used. */
function isErrorReply(error: unknown): error is Error {
  return error instanceof Error && /^(ErrorReply|SimpleError|BlobError|MultiErrorReply)$/.test(error.constructor.name)
}
