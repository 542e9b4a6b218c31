import type { Clock, Meter, Pauses, Random, Reply, Request } from '@archlab/runtime/kit'
import type { Cpu } from './cpu-queue.ts'
import type { EarlyEnd } from './early-end.ts'
import type { StepLog } from './step-log.ts'

/** How a step, or a list of them, ends: with a reply that ends the script, or with nothing, and the script goes on. */
export type Ending = Reply | undefined

/** A step bound to a replica. `log` is there for traced requests only. */
export interface Step {
  /** Probability that it happens, 0..1. */
  readonly chance: number
  /** What it is, for the call tree. */
  readonly what: string
  run(request: Request, log: StepLog | undefined): Ending | Promise<Ending>
}

/** What the steps of a replica share. */
export interface Engine {
  readonly clock: Clock
  readonly random: Random
  readonly pauses: Pauses
  readonly cpu: Cpu
  readonly count: Readonly<Record<'calls' | 'failed_calls' | 'failed' | 'skipped', Meter>>
  readonly early: EarlyEnd
}

/** Steps one after the other. Answers at once when none of them waits. */
export class Sequence {
  readonly #engine: Engine
  readonly #steps: readonly Step[]

  constructor(engine: Engine, steps: readonly Step[]) {
    this.#engine = engine
    this.#steps = steps
  }

  run(request: Request, log: StepLog | undefined): Ending | Promise<Ending> {
    const steps = this.#steps
    for (let at = 0; at < steps.length; at++) {
      const ending = this.#step(steps[at]!, request, log)
      if (ending === undefined) continue
      if (!(ending instanceof Promise) || at + 1 === steps.length) return ending
      return this.#resume(ending, at + 1, request, log)
    }
    return undefined
  }

  async #resume(pending: Promise<Ending>, from: number, request: Request, log: StepLog | undefined): Promise<Ending> {
    const steps = this.#steps
    let ending = await pending
    for (let at = from; at < steps.length && ending === undefined; at++) {
      if (request.cancellation.cancelled) return this.#engine.early.replyTo(request)
      const next = this.#step(steps[at]!, request, log)
      ending = next instanceof Promise ? await next : next
    }
    return ending
  }

  #step(step: Step, request: Request, log: StepLog | undefined): Ending | Promise<Ending> {
    if (step.chance < 1 && this.#engine.random.next() >= step.chance) {
      this.#engine.count.skipped.add()
      log?.skipped(step.what)
      return undefined
    }
    return step.run(request, log)
  }
}

/** Begins all branches at once and waits for all of them; then the first failure in the order of the file counts. */
export class Parallel implements Step {
  readonly what = 'parallel'
  readonly chance: number
  readonly #branches: readonly Sequence[]

  constructor(chance: number, branches: readonly Sequence[]) {
    this.chance = chance
    this.#branches = branches
  }

  run(request: Request, log: StepLog | undefined): Ending | Promise<Ending> {
    const group = log?.group(this.#branches.length)
    const endings = this.#branches.map((branch, index) => begin(branch, request, group?.logs[index]))
    if (endings.some(ending => ending instanceof Promise)) {
      return this.#wait(endings, () => group && log!.ended(group.entry))
    }
    if (group) log!.ended(group.entry)
    return (endings as Ending[]).find(ending => ending !== undefined)
  }

  async #wait(endings: readonly (Ending | Promise<Ending>)[], over: () => void): Promise<Ending> {
    const outcomes = await Promise.allSettled(endings)
    over()
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
    return outcomes
      .map(outcome => (outcome as PromiseFulfilledResult<Ending>).value)
      .find(ending => ending !== undefined)
  }
}

/** A branch that throws must not keep the others from beginning, nor the group from waiting for them. */
function begin(branch: Sequence, request: Request, log: StepLog | undefined): Ending | Promise<Ending> {
  try {
    return branch.run(request, log)
  } catch (error) {
    return Promise.reject(error)
  }
}
