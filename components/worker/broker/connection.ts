import type { Cancellation, Clock } from '@archlab/runtime/kit'
import type { Channel, ChannelModel, ConfirmChannel, Message } from 'amqplib'
import { PRIORITY_MAX } from '../job.ts'
import { codeOf, StoreFailure } from '../store-failure.ts'

/** A job as it travels through the broker. */
export interface Parcel {
  readonly id: string
  readonly priority: number
  readonly kind: string
  /** The whole job as JSON text, so that the message alone is enough to run it. */
  readonly text: string
}

/** A message that the broker has handed over and expects to hear about. */
export interface Delivery {
  readonly text: string
  readonly message: Message
  /** The connection it came by. On another one it means nothing: the broker has taken it back. */
  readonly connection: BrokerConnection
}

export interface ConnectionOptions {
  readonly url: string
  /** What the names of all queues begin with. */
  readonly queue: string
  /** Messages of each priority that are handed over before the first is acknowledged. */
  readonly prefetch: number
  /** How long a publication waits for its confirmation. */
  readonly timeoutMs: number
  readonly clock: Clock
  delivered(delivery: Delivery): void
  /** The broker is short of memory or disk and takes nothing; or no longer. */
  blocked(yes: boolean): void
  /** Told once, when the connection is over; `code` says why. */
  ended(connection: BrokerConnection, code: string): void
}

/** Publications that may wait for their confirmation at once. */
const UNCONFIRMED_MAX = 1000
/** Silence after which either side takes the other for dead, unless the URL says otherwise. */
const HEARTBEAT_SECONDS = '5'
/** How long the broker may take to say goodbye. */
const CLOSE_MS = 1000
/** Dead letters that the broker keeps; the table has its own limit. */
const DEAD_LETTERS_MAX = 10_000

type Settle = (failure: StoreFailure | null) => void

/**
 * One connection to RabbitMQ. Work lies in quorum queues, one for each priority, because quorum queues have no priorities of
 * their own (rabbitmq.com/docs/priority); what is rejected goes to `<queue>.dead`. Publications count when the broker has
 * confirmed them, and are mandatory, so that a queue somebody deleted is noticed.
 */
export class BrokerConnection {
  readonly #options: ConnectionOptions
  readonly #model: ChannelModel
  readonly #publisher: ConfirmChannel
  readonly #unconfirmed = new Map<string, Settle>()
  #consumer: Channel | undefined
  #blocked = false
  /** The socket takes no more. */
  #full = false
  #over = false
  #bye: Promise<void> | undefined

  private constructor(options: ConnectionOptions, model: ChannelModel, publisher: ConfirmChannel) {
    this.#options = options
    this.#model = model
    this.#publisher = publisher
    model.on('error', error => this.#end(codeOf(error)))
    model.on('close', () => this.#end('closed'))
    for (const event of ['blocked', 'unblocked'] as const) {
      model.on(event, () => {
        this.#blocked = event === 'blocked'
        options.blocked(this.#blocked)
      })
    }
    publisher.on('error', error => this.#end(codeOf(error)))
    publisher.on('drain', () => {
      this.#full = false
    })
    publisher.on('return', message => {
      this.#confirm(String(message.properties.messageId), new StoreFailure('unavailable', 'unroutable'))
      this.#end('queue-missing')
    })
  }

  /**
   * Connects, declares the queues and consumes them. Rejects when any of it fails, or is cancelled; nothing is left open
   * then. Greeting alone may take `greetMs`.
   */
  static async open(
    options: ConnectionOptions,
    greetMs: number,
    cancellation: Cancellation,
  ): Promise<BrokerConnection> {
    // Loading it takes time that only labs with RabbitMQ shall pay for.
    const { connect } = await import('amqplib')
    const url = new URL(options.url)
    if (!url.searchParams.has('heartbeat')) url.searchParams.set('heartbeat', HEARTBEAT_SECONDS)
    const model = await connect(url.href, { noDelay: true, timeout: greetMs })
    // Without a listener an error would end the thread.
    model.on('error', () => {})
    const unsubscribe = cancellation.onCancel(() => destroy(model))
    let connection: BrokerConnection | undefined
    try {
      const publisher = await model.createConfirmChannel()
      await declare(publisher, options.queue)
      connection = new BrokerConnection(options, model, publisher)
      await connection.#consume()
      if (connection.#over) throw new StoreFailure('terminated', 'closed')
      return connection
    } catch (error) {
      if (connection) connection.#over = true
      destroy(model)
      throw error
    } finally {
      unsubscribe()
    }
  }

  /** Resolves when the broker has the job. */
  publish({ id, priority, kind, text }: Parcel): Promise<void> {
    if (this.#over) return Promise.reject(new StoreFailure('unavailable', 'closed'))
    if (this.#blocked) return Promise.reject(new StoreFailure('unavailable', 'blocked'))
    if (this.#full || this.#unconfirmed.size >= UNCONFIRMED_MAX || this.#unconfirmed.has(id)) {
      return Promise.reject(new StoreFailure('busy', 'unconfirmed'))
    }
    return new Promise((resolve, reject) => {
      const callOff = this.#options.clock.after(this.#options.timeoutMs, () =>
        this.#confirm(id, new StoreFailure('timeout', 'confirm')),
      )
      this.#unconfirmed.set(id, failure => {
        callOff()
        if (failure) reject(failure)
        else resolve()
      })
      this.#send(id, priority, kind, text)
    })
  }

  #send(id: string, priority: number, kind: string, text: string): void {
    const properties = { persistent: true, mandatory: true, messageId: id, type: kind, contentType: 'application/json' }
    const confirmed = (error: unknown): void =>
      this.#confirm(id, error ? new StoreFailure(this.#over ? 'terminated' : 'unavailable', 'nack') : null)
    try {
      const queue = queueOf(this.#options.queue, priority)
      this.#full = !this.#publisher.publish('', queue, Buffer.from(text), properties, confirmed)
    } catch (error) {
      this.#confirm(id, new StoreFailure('unavailable', codeOf(error)))
    }
  }

  /** The job needs the message no more. */
  acknowledge({ message }: Delivery): void {
    this.#tell(channel => channel.ack(message))
  }

  /** The job is dead: the message goes to the dead-letter queue. */
  reject({ message }: Delivery): void {
    this.#tell(channel => channel.reject(message, false))
  }

  /** Another worker may have the message. */
  giveBack({ message }: Delivery): void {
    this.#tell(channel => channel.nack(message, false, true))
  }

  /** Says goodbye; messages that were not acknowledged go to other workers. A second call joins the first. */
  close(): Promise<void> {
    this.#end('closed')
    this.#bye ??= bye(this.#model)
    return this.#bye
  }

  #tell(what: (channel: Channel) => void): void {
    if (this.#over || !this.#consumer) return
    try {
      what(this.#consumer)
    } catch (error) {
      this.#end(codeOf(error))
    }
  }

  async #consume(): Promise<void> {
    const { queue, prefetch, delivered } = this.#options
    const channel = await this.#model.createChannel()
    this.#consumer = channel
    channel.on('error', error => this.#end(codeOf(error)))
    channel.on('close', () => this.#end('channel-closed'))
    await channel.prefetch(prefetch)
    for (let priority = PRIORITY_MAX; priority >= 0; priority--) {
      await channel.consume(queueOf(queue, priority), message => {
        // Without a message: somebody deleted the queue.
        if (!message) this.#end('queue-missing')
        else delivered({ text: message.content.toString(), message, connection: this })
      })
    }
  }

  #confirm(id: string, failure: StoreFailure | null): void {
    const settle = this.#unconfirmed.get(id)
    this.#unconfirmed.delete(id)
    settle?.(failure)
  }

  #end(code: string): void {
    if (this.#over) return
    this.#over = true
    for (const id of [...this.#unconfirmed.keys()]) this.#confirm(id, new StoreFailure('terminated', code))
    this.#options.ended(this, code)
  }
}

/** The queue of one priority. */
export const queueOf = (queue: string, priority: number): string => `${queue}.p${priority}`

/** The queue of dead letters. */
export const deadLettersOf = (queue: string): string => `${queue}.dead`

async function declare(channel: ConfirmChannel, queue: string): Promise<void> {
  const dead = deadLettersOf(queue)
  const common = { 'x-queue-type': 'quorum' }
  await channel.assertQueue(dead, { durable: true, arguments: { ...common, 'x-max-length': DEAD_LETTERS_MAX } })
  const work = { ...common, 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': dead }
  for (let priority = 0; priority <= PRIORITY_MAX; priority++) {
    await channel.assertQueue(queueOf(queue, priority), { durable: true, arguments: work })
  }
}

/** Closes politely; a broker that says nothing is left after a while. */
async function bye(model: ChannelModel): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const patience = new Promise<void>(resolve => {
    timer = setTimeout(resolve, CLOSE_MS)
  })
  await Promise.race([model.close().catch(() => {}), patience])
  clearTimeout(timer)
  destroy(model)
}

/** With an error, or the library would go on to wait for the broker's heartbeat. */
function destroy(model: ChannelModel): void {
  ;(model.connection as unknown as { stream?: { destroy?(error: Error): void } }).stream?.destroy?.(new Error('left'))
}
