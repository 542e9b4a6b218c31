import { type Random, sampler, seededRandom } from '@archlab/runtime/kit'
import type { ClosedLoopSpec } from '@archlab/runtime/topology'
import { type Errand, Lane, type LaneResult } from './lanes.ts'
import type { RequestMaker, WireRequest } from './request-maker.ts'
import { hasCounts, type Loop, makersOf, type RunContext, type Sequence, sequenceOf } from './run-context.ts'

interface Ending {
  resolve(): void
  reject(error: Error): void
}

/** Users that send, wait for the reply, think, and send again. */
export class ClosedLoop implements Loop {
  readonly done: Promise<void>
  readonly #users: User[]
  readonly #tick: NodeJS.Timeout | undefined
  readonly #finish: Ending
  #left: number

  constructor(run: RunContext, spec: ClosedLoopSpec) {
    let finish!: Ending
    this.done = new Promise((resolve, reject) => {
      finish = { resolve, reject }
    })
    this.#finish = finish
    const shared = hasCounts(run.workload) && !run.order ? new Rounds(run) : undefined
    // One list for all: who is free takes the next of it.
    const list = run.order && sequenceOf(run, run.seed)
    const makers = run.workload.requests.some(({ keys }) => Object.keys(keys).length > 0) ? undefined : makersOf(run, 0)
    this.#left = spec.users
    this.#users = Array.from({ length: spec.users }, (_, index) => {
      const seed = `${run.seed} user ${index}`
      return new User(run, spec, {
        random: seededRandom(`${seed} think`),
        // Keys are drawn by each user on its own, so that they do not depend on who is quicker.
        makers: makers ?? makersOf(run, seed),
        sequence: shared ?? list ?? sequenceOf(run, seed),
        rounds: shared,
        gone: error => this.#gone(error),
      })
    })
    for (const [index, user] of this.#users.entries()) {
      user.begin(spec.spawnPerSecond === null ? 0 : (index * 1000) / spec.spawnPerSecond)
    }
    const { durationMs } = run.workload
    if (durationMs !== null) this.#tick = setTimeout(() => this.stop(), run.startMs + durationMs - run.clock.nowMs())
  }

  stop(): void {
    clearTimeout(this.#tick)
    for (const user of this.#users) user.stop()
  }

  #gone(error: Error | undefined): void {
    if (error) this.#finish.reject(error)
    this.#left -= 1
    if (this.#left > 0) return
    clearTimeout(this.#tick)
    this.#finish.resolve()
  }
}

interface UserParts {
  readonly random: Random
  readonly makers: readonly RequestMaker[]
  readonly sequence: Sequence
  readonly rounds: Rounds | undefined
  /** Told once when the user sends nothing more. */
  gone(error?: Error): void
}

/** One user: its own connection, its own thoughts. */
class User implements Errand {
  wire!: WireRequest
  deadlineMs = 0
  readonly #run: RunContext
  readonly #parts: UserParts
  readonly #drawThinkMs: () => number
  readonly #lane: Lane
  #left: number
  #token: string
  #request = 0
  #intendedMs = 0
  #stopped = false
  #busy = false
  #departed = false
  #callOff = (): void => {}

  constructor(run: RunContext, spec: ClosedLoopSpec, parts: UserParts) {
    this.#run = run
    this.#parts = parts
    this.#drawThinkMs = sampler(spec.think, parts.random)
    this.#lane = new Lane(run.lanes)
    this.#left = spec.iterations ?? Number.POSITIVE_INFINITY
    this.#token = run.token
  }

  /** Starts at a time of the run. */
  begin(atMs: number): void {
    this.#later(atMs, startMs => void this.#enter(startMs))
  }

  /** Sends nothing more; a request under way still ends. */
  stop(): void {
    this.#stopped = true
    this.#callOff()
    if (!this.#busy) this.#leave()
  }

  async #enter(atMs: number): Promise<void> {
    const { workload, logins, clock, startMs } = this.#run
    if (workload.login?.per !== 'user') {
      this.#ask(atMs)
      return
    }
    this.#busy = true
    try {
      this.#token = await logins!.token()
      this.#busy = false
      this.#ask(clock.nowMs() - startMs)
    } catch (error) {
      this.#leave(error as Error)
    }
  }

  /** Sends the next request, which was meant to be sent at `intendedMs`. */
  #ask(intendedMs: number): void {
    const { rounds, sequence } = this.#parts
    if (this.#stopped || this.#left <= 0) {
      this.#leave()
      return
    }
    const request = sequence.next()
    if (request === undefined) {
      if (rounds?.wait(atMs => this.#ask(atMs))) return
      this.#leave()
      return
    }
    this.#left -= 1
    this.#send(request, intendedMs)
  }

  #send(request: number, intendedMs: number): void {
    const { clock, startMs, recorder, workload } = this.#run
    this.#request = request
    this.#intendedMs = intendedMs
    this.#busy = true
    this.wire = this.#parts.makers[request]!.next(this.#token)
    const nowMs = clock.nowMs()
    this.deadlineMs = nowMs + workload.timeoutMs
    recorder.intended(request, intendedMs, nowMs - startMs)
    recorder.sent(intendedMs, this.#lane.carry(this) - startMs)
  }

  ended(_lane: Lane, result: LaneResult): void {
    const { recorder, startMs } = this.#run
    const { outcome, status, bytes } = result
    const [sentMs, endedMs] = [result.sentMs - startMs, result.endedMs - startMs]
    this.#busy = false
    recorder.ended({ request: this.#request, intendedMs: this.#intendedMs, sentMs, endedMs, outcome, status, bytes })
    this.#parts.rounds?.ended(endedMs)
    if (this.#stopped) {
      this.#leave()
      return
    }
    const thinkMs = this.#drawThinkMs()
    // A server that cannot be reached must not be asked in a loop without a pause.
    const pauseMs = outcome === 'replied' ? thinkMs : Math.max(thinkMs, PAUSE_AFTER_FAILURE_MS)
    if (pauseMs <= 0) this.#ask(endedMs)
    else this.#later(endedMs + pauseMs, askMs => this.#ask(askMs))
  }

  /** `act` is told the time it was meant to act at, or now when that is earlier: a timer may fire some milliseconds early. */
  #later(atMs: number, act: (atMs: number) => void): void {
    const { clock, startMs } = this.#run
    const leftMs = startMs + atMs - clock.nowMs()
    if (leftMs <= 0) act(atMs)
    else this.#callOff = clock.after(leftMs, () => act(Math.min(atMs, clock.nowMs() - startMs)))
  }

  #leave(error?: Error): void {
    if (this.#departed) return
    this.#departed = true
    this.#lane.close()
    this.#parts.gone(error)
  }
}

const PAUSE_AFTER_FAILURE_MS = 10

/** Requests with declared numbers: those of one entry have all ended before the next entry begins. */
class Rounds implements Sequence {
  readonly #left: number[]
  #round = 0
  #underWay = 0
  #waiting: ((atMs: number) => void)[] = []

  constructor({ workload }: RunContext) {
    this.#left = workload.requests.map(({ count }) => count!)
  }

  next(): number | undefined {
    if ((this.#left[this.#round] ?? 0) <= 0) return undefined
    this.#left[this.#round]! -= 1
    this.#underWay += 1
    return this.#round
  }

  /** Calls `go` when the next entry begins. False when there is none. */
  wait(go: (atMs: number) => void): boolean {
    if (this.#round + 1 >= this.#left.length) return false
    this.#waiting.push(go)
    return true
  }

  ended(nowMs: number): void {
    this.#underWay -= 1
    if (this.#underWay > 0 || this.#left[this.#round]! > 0) return
    this.#round += 1
    for (const go of this.#waiting.splice(0)) go(nowMs)
  }
}
