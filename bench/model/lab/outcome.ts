import { Time } from './time.ts'

/** What becomes of a request: it ends well, or with an error; each with its probability and its time. They add up to 1. */
export interface Outcome {
  readonly ok: Time
  /** By status. */
  readonly failed: ReadonlyMap<number, Time>
}

const NO_ERRORS: ReadonlyMap<number, Time> = new Map()

/** Does not happen. */
export const NOTHING: Outcome = { ok: Time.never, failed: NO_ERRORS }

/** Ends well, after no time. */
export const AT_ONCE: Outcome = { ok: Time.zero, failed: NO_ERRORS }

/** Ends well, after a time. */
export const after = (ok: Time): Outcome => ({ ok, failed: NO_ERRORS })

/** Ends with an error. */
export const failure = (status: number, time: Time): Outcome => ({ ok: Time.never, failed: new Map([[status, time]]) })

/** Probability of an error. */
export const failedMass = ({ failed }: Outcome): number => [...failed.values()].reduce((sum, one) => sum + one.mass, 0)

/** All replies, good and bad. */
export const everyReply = ({ ok, failed }: Outcome): Time => [...failed.values()].reduce((sum, one) => sum.or(one), ok)

/** The first outcome with probability `chance`, else the second. */
export function either(chance: number, first: Outcome, second: Outcome): Outcome {
  if (chance >= 1) return first
  if (chance <= 0) return second
  return both(weighed(first, chance), weighed(second, 1 - chance))
}

/** An outcome that comes about with this probability. */
export function weighed({ ok, failed }: Outcome, chance: number): Outcome {
  return { ok: ok.scaled(chance), failed: mapped(failed, one => one.scaled(chance)) }
}

/** One or the other; their probabilities add up. */
export function both(left: Outcome, right: Outcome): Outcome {
  return { ok: left.ok.or(right.ok), failed: joined(left.failed, right.failed) }
}

/** The second follows when the first ends well. */
export function followed(first: Outcome, second: Outcome): Outcome {
  return {
    ok: first.ok.plus(second.ok),
    failed: joined(
      first.failed,
      mapped(second.failed, one => first.ok.plus(one)),
    ),
  }
}

/** The same with another status for every error. */
export function failingAs(status: number | undefined, outcome: Outcome): Outcome {
  if (status === undefined || outcome.failed.size === 0) return outcome
  const all = [...outcome.failed.values()].reduce((sum, one) => sum.or(one))
  return { ok: outcome.ok, failed: new Map([[status, all]]) }
}

/** Divides errors into those that `chosen` picks and the others. */
export function parted(
  { failed }: Outcome,
  chosen: (status: number) => boolean,
): { chosen: Map<number, Time>; others: Map<number, Time> } {
  const entries = [...failed]
  return {
    chosen: new Map(entries.filter(([status]) => chosen(status))),
    others: new Map(entries.filter(([status]) => !chosen(status))),
  }
}

/** All begin together; it goes on when the last has ended, well only when all did. */
export function together(branches: readonly Outcome[]): Outcome {
  const ok = Time.lastOf(branches.map(one => one.ok))
  if (branches.every(one => one.failed.size === 0)) return { ok, failed: NO_ERRORS }
  // Of several branches that fail the first decides the status; the time of all is that of the last.
  const failed = new Map<number, Time>()
  let before = 1
  for (const [at, branch] of branches.entries()) {
    for (const [status, time] of branch.failed) {
      const others = branches.map((other, place) =>
        place < at ? normal(other.ok) : place > at ? normal(everyReply(other)) : normal(time),
      )
      add(failed, status, Time.lastOf(others).scaled(before * time.mass))
    }
    before *= branch.ok.mass
  }
  return { ok, failed }
}

const normal = (time: Time): Time => (time.mass === 0 ? Time.zero : time.scaled(1 / time.mass))

/** Errors of both. */
export function joined(left: ReadonlyMap<number, Time>, right: ReadonlyMap<number, Time>): ReadonlyMap<number, Time> {
  if (right.size === 0) return left
  const sum = new Map(left)
  for (const [status, time] of right) add(sum, status, time)
  return sum
}

function add(sums: Map<number, Time>, status: number, time: Time): void {
  if (time.mass > 0) sums.set(status, sums.get(status)?.or(time) ?? time)
}

function mapped(failed: ReadonlyMap<number, Time>, change: (time: Time) => Time): ReadonlyMap<number, Time> {
  return failed.size === 0 ? failed : new Map([...failed].map(([status, time]) => [status, change(time)]))
}
