import { toWire } from '../kit/index.ts'
import type { FromReplica, FromThread, ReplicaBirth, ToReplica } from '../protocol.ts'

/** A replica, as far as its thread has to do with it. */
export interface Resident {
  /** Carries out what the host says; may reject. */
  obey(message: ToReplica): Promise<void>
  /** It is told to close when it has done what it was told before. */
  expectClose(): void
  /** Answers what is in flight, then closes everything; may reject. */
  close(): Promise<void>
  /** Closes everything without waiting for anything. */
  abandon(): void
  /** Closes the server at once. */
  abort(): void
}

/** One stay of a replica in the thread. */
interface Stay {
  readonly resident: Resident
  /** Ignored once the stay is over: nothing is heard of one that was abandoned, nor taken for its successor's. */
  readonly report: (message: FromReplica) => void
  /** What the host has said so far, one thing after the other. */
  turn: Promise<void>
}

/** The replicas of one thread. Each carries out what it is told in order, and none waits for another one. */
export class Residents {
  readonly #create: (birth: ReplicaBirth, report: (message: FromReplica) => void) => Resident
  readonly #post: (message: FromThread) => void
  readonly #stays = new Map<string, Stay>()

  constructor(
    create: (birth: ReplicaBirth, report: (message: FromReplica) => void) => Resident,
    post: (message: FromThread) => void,
  ) {
    this.#create = create
    this.#post = post
  }

  open(birth: ReplicaBirth): void {
    const { replica } = birth.plan
    const report = (message: FromReplica): void => {
      if (this.#stays.get(replica) === stay) this.#post({ type: 'told', replica, message })
    }
    const stay: Stay = { resident: this.#create(birth, report), report, turn: Promise.resolve() }
    this.#stays.set(replica, stay)
  }

  /** With an `id` the host hears when it is done, or has failed. */
  tell(replica: string, message: ToReplica, id?: number): void {
    const stay = this.#stays.get(replica)
    if (!stay) return
    const { resident, report } = stay
    if (message.type === 'abandon') {
      this.#stays.delete(replica)
      resident.abandon()
      return
    }
    if (message.type === 'close') {
      report({ type: 'closing' })
      resident.expectClose()
    }
    stay.turn = stay.turn.then(async () => {
      try {
        if (message.type === 'close') await this.#close(replica, stay)
        else await resident.obey(message)
        if (id !== undefined) report({ type: 'done', id })
      } catch (error) {
        report(id === undefined ? { type: 'failed', error: toWire(error) } : { type: 'done', id, error: toWire(error) })
      }
    })
  }

  /** Closes every server. Must run before the thread ends: an open one would take the process down with it. */
  abort(): void {
    for (const { resident } of this.#stays.values()) resident.abort()
  }

  async #close(replica: string, stay: Stay): Promise<void> {
    try {
      await stay.resident.close()
    } catch (error) {
      stay.report({ type: 'log', level: 'error', event: 'close-failed', fields: { error: String(error) } })
    }
    stay.report({ type: 'closed' })
    if (this.#stays.get(replica) === stay) this.#stays.delete(replica)
  }
}
