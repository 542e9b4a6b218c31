import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Breaker, type BreakerOptions, CLOSED, HALF_OPEN, OPEN, REJECTED } from './breaker.ts'

/** The options, with ratios as whole percentages: the model divides nothing. */
type ModelOptions = BreakerOptions & { failurePercent: number; slowPercent: number }

interface Outcome {
  failed: boolean
  slow: boolean
}
interface Call {
  phase: number
  state: number
  sinceMs: number
}
type Kept = Outcome & { atMs: number }

const OUTCOMES: readonly Outcome[] = [
  { failed: false, slow: false },
  { failed: true, slow: false },
  { failed: false, slow: true },
  { failed: true, slow: true },
]

/** The rules told in the plainest way: it keeps everything, and looks at all of it each time. */
class ReferenceBreaker {
  state: number = CLOSED
  readonly #options: ModelOptions
  #phase = 0
  #openedAtMs = 0
  #ended: Kept[] = []
  #underWay: Call[] = []

  constructor(options: ModelOptions) {
    this.#options = options
  }

  /** The call let through, or `undefined`. */
  start(nowMs: number): Call | undefined {
    this.wake(nowMs)
    const { permits, halfOpenTimeoutMs } = this.#options
    const holding = this.#underWay.filter(call => nowMs - call.sinceMs < halfOpenTimeoutMs).length
    const full = holding + this.#recent(nowMs).length >= permits
    if (this.state === OPEN || (this.state === HALF_OPEN && full)) return undefined
    const call = { phase: this.#phase, state: this.state, sinceMs: nowMs }
    this.#underWay.push(call)
    return call
  }

  /** The call ends; without an outcome it says nothing. */
  end(call: Call, outcome: Outcome | undefined, nowMs: number): void {
    if (call.phase !== this.#phase) return
    this.#underWay = this.#underWay.filter(other => other !== call)
    if (!outcome) return
    this.#ended.push({ ...outcome, atMs: nowMs })
    if (this.state === CLOSED && this.#tooBad(nowMs)) this.#enter(OPEN, nowMs)
    else if (this.state === HALF_OPEN) this.#decide(nowMs)
  }

  wake(nowMs: number): void {
    if (this.state === OPEN && nowMs - this.#openedAtMs >= this.#options.openForMs) this.#enter(HALF_OPEN, nowMs)
  }

  #enter(state: number, nowMs: number): void {
    this.state = state
    this.#phase += 1
    this.#openedAtMs = nowMs
    this.#ended = []
    this.#underWay = []
  }

  /** Outcomes of this phase that are not too old. */
  #recent(nowMs: number): Kept[] {
    return this.#ended.filter(({ atMs }) => nowMs - atMs < this.#options.windowMs)
  }

  #tooBad(nowMs: number): boolean {
    const { windowMs, calls, minCalls, consecutive } = this.#options
    const bucket = (atMs: number) => Math.floor((atMs * 10) / windowMs)
    const judged = calls
      ? this.#recent(nowMs).slice(-calls)
      : this.#ended.filter(({ atMs }) => bucket(nowMs) - bucket(atMs) < 10)
    const run = consecutive ? this.#recent(nowMs).slice(-consecutive) : []
    const longRun = consecutive !== undefined && run.length === consecutive && run.every(({ failed }) => failed)
    return longRun || (judged.length >= minCalls && this.#isBad(judged))
  }

  #isBad(outcomes: readonly Outcome[]): boolean {
    const share = (of: (outcome: Outcome) => boolean) => 100 * outcomes.filter(of).length
    const { failurePercent, slowPercent } = this.#options
    return (
      share(({ failed }) => failed) >= failurePercent * outcomes.length ||
      share(({ slow }) => slow) >= slowPercent * outcomes.length
    )
  }

  /** Tries every way in which the results still to come could turn out. */
  #decide(nowMs: number): void {
    let ways: Outcome[][] = [this.#recent(nowMs)]
    while (ways[0]!.length < this.#options.permits) {
      ways = ways.flatMap(way => OUTCOMES.map(outcome => [...way, outcome]))
    }
    const bad = ways.map(way => this.#isBad(way))
    if (bad.every(Boolean)) this.#enter(OPEN, nowMs)
    else if (!bad.some(Boolean)) this.#enter(CLOSED, nowMs)
  }
}

const options: fc.Arbitrary<ModelOptions> = fc
  .record({
    windowMs: fc.constantFrom(100, 1000),
    calls: fc.option(fc.integer({ min: 1, max: 12 }), { nil: undefined }),
    minCalls: fc.integer({ min: 1, max: 6 }),
    failurePercent: fc.constantFrom(1, 10, 34, 50, 60, 100),
    slowPercent: fc.constantFrom(20, 50, 100),
    consecutive: fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined }),
    openForMs: fc.constantFrom(1, 50, 300),
    permits: fc.integer({ min: 1, max: 3 }),
    halfOpenTimeoutMs: fc.constantFrom(20, 200, 2000),
  })
  .map(one => ({ ...one, failureRatio: one.failurePercent / 100, slowRatio: one.slowPercent / 100 }))

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ type: fc.constant('start' as const) }) },
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constant('end' as const),
      which: fc.nat(),
      outcome: fc.option(fc.constantFrom(...OUTCOMES), { nil: undefined, freq: 8 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('wait' as const), ms: fc.nat(60) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('wait' as const), ms: fc.nat(1200) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('wait' as const), ms: fc.constantFrom(20, 50, 100, 1000) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('wake' as const) }) },
)

test('it does what a reference model does, whatever happens in whatever order', () => {
  const transitions = new Set<string>()
  fc.assert(
    fc.property(options, fc.array(step, { minLength: 20, maxLength: 120 }), fc.nat(5000), (chosen, steps, startMs) => {
      let state: number = CLOSED
      const breaker = new Breaker(chosen, next => {
        transitions.add(`${state} to ${next}`)
        state = next
      })
      const model = new ReferenceBreaker(chosen)
      const underWay: { ticket: number; call: Call }[] = []
      let nowMs = startMs
      for (const one of steps) {
        if (one.type === 'wait') nowMs += one.ms
        else if (one.type === 'wake') {
          breaker.wake(nowMs)
          model.wake(nowMs)
        } else if (one.type === 'start') {
          const ticket = breaker.admit(nowMs)
          const call = model.start(nowMs)
          assert.equal(ticket === REJECTED, call === undefined)
          if (call) underWay.push({ ticket, call })
        } else if (underWay.length > 0) {
          const [{ ticket, call }] = underWay.splice(one.which % underWay.length, 1) as [(typeof underWay)[number]]
          if (one.outcome) breaker.record(ticket, one.outcome.failed, one.outcome.slow, nowMs)
          else breaker.ignore(ticket)
          model.end(call, one.outcome, nowMs)
        }
        assert.equal(breaker.state, model.state)
        assert.equal(breaker.state, state)
      }
    }),
    { numRuns: 1500, seed: 1 },
  )
  // Else the comparison would say little.
  assert.deepEqual([...transitions].sort(), ['0 to 1', '1 to 2', '2 to 0', '2 to 1'])
})
