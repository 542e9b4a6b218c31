import { type Meter, RemoteStore, type RemoteStoreContext, Reply, type Request } from '@archlab/runtime/kit'
import type { CacheStore } from './cache-store.ts'
import type { RedisAddress } from './redis-address.ts'
import { judge, openRedis, type RedisConnection, reason } from './redis-connection.ts'
import { ABSENT, forgotten, found, STORED } from './replies.ts'

/** What a store in Redis is given. */
export interface RedisStoreOptions {
  readonly address: RedisAddress
  /** Certificates to trust, in PEM; those of Node.js when absent. */
  readonly ca: string | undefined
  readonly keyPrefix: string
  /** How long an operation may take. */
  readonly timeoutMs: number
}

/** What it counts beside the state of its connection. */
export interface RedisMeters {
  readonly hits: Meter
  readonly misses: Meter
  readonly sets: Meter
}

/** `PX` is a 64-bit number to which Redis adds the time. */
const TTL_MAX_MS = Number.MAX_SAFE_INTEGER

/** Entries in Redis: `SET` with `PX`, `GET` and `DEL` under a prefix. Values are stored as JSON text. */
export class RedisStore implements CacheStore {
  readonly #store: RemoteStore<RedisConnection>
  readonly #meters: RedisMeters
  readonly #keyPrefix: string

  private constructor(store: RemoteStore<RedisConnection>, options: RedisStoreOptions, meters: RedisMeters) {
    this.#store = store
    this.#meters = meters
    this.#keyPrefix = options.keyPrefix
  }

  /** Resolves when Redis is connected, or the first attempt was in vain. `close` it. */
  static async open(options: RedisStoreOptions, context: RemoteStoreContext, meters: RedisMeters): Promise<RedisStore> {
    const { address, ca, timeoutMs } = options
    const store: RemoteStore<RedisConnection> = new RemoteStore(
      {
        open: cancellation =>
          openRedis({ address, ca, timeoutMs, lost: (one, why) => store.lost(one, why) }, cancellation),
        discard: connection => connection.destroy(),
        reason,
        judge,
        timeoutMs,
      },
      context,
    )
    await store.start()
    return new RedisStore(store, options, meters)
  }

  close(): void {
    this.#store.close()
  }

  read(key: string, request: Request): Reply | Promise<Reply> {
    return this.#run(request, ['GET', this.#keyPrefix + key], value => {
      if (typeof value !== 'string') {
        this.#meters.misses.add()
        return ABSENT
      }
      this.#meters.hits.add()
      return found(value)
    })
  }

  write(key: string, json: string, ttlMs: number | undefined, request: Request): Reply | Promise<Reply> {
    const command = ['SET', this.#keyPrefix + key, json]
    if (ttlMs !== undefined) command.push('PX', String(Math.min(TTL_MAX_MS, Math.max(1, Math.ceil(ttlMs)))))
    return this.#run(request, command, () => {
      this.#meters.sets.add()
      return STORED
    })
  }

  forget(key: string, request: Request): Reply | Promise<Reply> {
    return this.#run(request, ['DEL', this.#keyPrefix + key], deleted => forgotten(deleted === 1))
  }

  #run(request: Request, command: string[], reply: (answer: unknown) => Reply): Reply | Promise<Reply> {
    const outcome = this.#store.run(request, connection => connection.send(command))
    if (!(outcome instanceof Promise)) return outcome
    return outcome.then(answer => (answer instanceof Reply ? answer : reply(answer)))
  }
}
