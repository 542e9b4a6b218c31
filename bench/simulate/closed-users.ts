import { sampler, seededRandom } from '@archlab/runtime/kit'
import type { ClosedLoopSpec } from '@archlab/runtime/topology'
import { hasCounts, type Sequence, sequenceOf } from '../load/engine/run-context.ts'
import { Client, type Ending, type RequestSource } from './client.ts'
import { type Arrivals, type Drive, record, sourcesOf } from './drive.ts'

/** Pause after a request without a reply, as in a live run: a server that is away is not asked in a loop without a pause. */
const PAUSE_AFTER_FAILURE_MS = 10

/** Users that send, wait for the reply, think, and send again: with the seed of `archlab load` they think the same. */
export class ClosedUsers implements Arrivals {
  #left: number
  readonly #users: readonly User[]

  constructor(drive: Drive, spec: ClosedLoopSpec) {
    this.#left = spec.users
    const rounds = hasCounts(drive.workload) && !drive.order ? sequenceOf(drive, drive.seed) : undefined
    const shared = rounds ?? (drive.order && sequenceOf(drive, drive.seed))
    const keyed = drive.workload.requests.some(({ keys }) => Object.keys(keys).length > 0)
    const sources = keyed ? undefined : sourcesOf(drive, 0)
    this.#users = Array.from({ length: spec.users }, (_, index) => {
      const seed = `${drive.seed} user ${index}`
      return new User(drive, spec, {
        drawThinkMs: sampler(spec.think, seededRandom(`${seed} think`)),
        sources: sources ?? sourcesOf(drive, seed),
        sequence: shared ?? sequenceOf(drive, seed),
        gone: () => {
          this.#left -= 1
        },
      })
    })
    for (const [index, user] of this.#users.entries()) {
      user.begin(spec.spawnPerSecond === null ? 0 : (index * 1000) / spec.spawnPerSecond)
    }
    const { durationMs } = drive.workload
    if (durationMs !== null) drive.clock.at(drive.startMs + durationMs, () => this.stop())
  }

  get isOver(): boolean {
    return this.#left === 0
  }

  stop(): void {
    for (const user of this.#users) user.stop()
  }
}

interface UserParts {
  readonly drawThinkMs: () => number
  readonly sources: readonly RequestSource[]
  readonly sequence: Sequence
  /** Told once when the user sends nothing more. */
  gone(): void
}

class User {
  readonly #drive: Drive
  readonly #parts: UserParts
  readonly #client: Client
  #left: number
  #token: string
  #stopped = false
  #busy = false
  #departed = false
  #callOff = (): void => {}

  constructor(drive: Drive, spec: ClosedLoopSpec, parts: UserParts) {
    this.#drive = drive
    this.#parts = parts
    this.#client = new Client(drive.context)
    this.#left = spec.iterations ?? Number.POSITIVE_INFINITY
    this.#token = drive.token
  }

  /** Starts at a time of the run. */
  begin(atMs: number): void {
    this.#later(atMs, () => this.#enter())
  }

  /** Sends nothing more; a request under way still ends. */
  stop(): void {
    this.#stopped = true
    this.#callOff()
    if (!this.#busy) this.#leave()
  }

  #enter(): void {
    if (this.#drive.workload.login?.per !== 'user') {
      this.#ask()
      return
    }
    this.#busy = true
    const proceed = (token: string): void => {
      this.#token = token
      this.#busy = false
      this.#ask()
    }
    this.#drive.login().then(proceed, () => this.#leave())
  }

  #ask(): void {
    const request = this.#stopped || this.#left <= 0 ? undefined : this.#parts.sequence.next()
    if (request === undefined) {
      this.#leave()
      return
    }
    this.#left -= 1
    this.#busy = true
    const { clock, startMs, recorder, workload } = this.#drive
    const nowMs = clock.nowMs()
    const atMs = nowMs - startMs
    recorder.intended(request, atMs, atMs)
    recorder.sent(atMs, atMs)
    this.#client.carry(this.#parts.sources[request]!.next(this.#token), nowMs + workload.timeoutMs, ending => {
      this.#busy = false
      record(this.#drive, request, atMs, atMs, ending)
      this.#replied(ending)
    })
  }

  #replied({ outcome }: Ending): void {
    if (this.#stopped) {
      this.#leave()
      return
    }
    const { clock, startMs } = this.#drive
    const thinkMs = this.#parts.drawThinkMs()
    const pauseMs = outcome === 'replied' ? thinkMs : Math.max(thinkMs, PAUSE_AFTER_FAILURE_MS)
    this.#later(clock.nowMs() - startMs + pauseMs, () => this.#ask())
  }

  #later(atMs: number, act: () => void): void {
    const { clock, startMs } = this.#drive
    this.#callOff = clock.at(startMs + atMs, act)
  }

  #leave(): void {
    if (this.#departed) return
    this.#departed = true
    this.#parts.gone()
  }
}
