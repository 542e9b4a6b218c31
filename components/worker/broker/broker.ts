import { type Clock, Connector, type Log, type Meter, type Random } from '@archlab/runtime/kit'
import { codeOf, StoreFailure } from '../store-failure.ts'
import { BrokerConnection, type ConnectionOptions, type Delivery, type Parcel } from './connection.ts'

export interface BrokerOptions extends Omit<ConnectionOptions, 'ended'> {
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  /** Counts connections after the first one was lost, or could not be had. */
  readonly reconnects: Meter
  /** The broker is there, or not. */
  connected(yes: boolean): void
}

/** How long the broker may take to greet, and to make a connection ready for use. */
const GREET_MS = 2000
const ATTEMPT_MS = 10_000

/** Keeps a connection to RabbitMQ; one that is lost is replaced, at the pace of all stores. */
export class Broker {
  readonly #connector: Connector<BrokerConnection>

  /** Starts to connect; does not wait for it. */
  constructor(options: BrokerOptions) {
    const { clock, random, log, reconnects } = options
    const ended = (connection: BrokerConnection, code: string): void => this.#connector.lost(connection, code)
    const connected: Meter = { value: 0, add: () => {}, set: value => options.connected(value === 1) }
    this.#connector = new Connector<BrokerConnection>(
      {
        open: cancellation => BrokerConnection.open({ ...options, ended }, GREET_MS, cancellation),
        discard: connection => void connection.close(),
        reason: codeOf,
        attemptMs: ATTEMPT_MS,
      },
      { clock, random, log, connected, reconnects },
    )
    void this.#connector.start()
  }

  get connected(): boolean {
    return this.#connector.connection !== undefined
  }

  /** Whole seconds after which asking again may help. */
  get retryAfterSeconds(): number {
    return this.#connector.retryAfterSeconds
  }

  /** Resolves when the broker has the job; rejects with a StoreFailure. Nothing waits for a connection. */
  publish(parcel: Parcel): Promise<void> {
    const { connection } = this.#connector
    return connection?.publish(parcel) ?? Promise.reject(new StoreFailure('unavailable', 'not-connected'))
  }

  /** True when the broker still waits to hear about the delivery. */
  owns(delivery: Delivery): boolean {
    return delivery.connection === this.#connector.connection
  }

  async close(): Promise<void> {
    const { connection } = this.#connector
    this.#connector.close()
    await connection?.close()
  }
}
