import type { Handler, HeaderBlock, Reply, Request } from '@archlab/runtime/kit'
import type { CallEntry, WorkEntry } from './call-tree.ts'
import type { Ending, Engine, Step } from './sequence.ts'
import type { StepLog } from './step-log.ts'

/** Waits for a drawn time without using the CPU. */
export class Sleep implements Step {
  readonly what = 'work sleep'
  readonly chance: number
  readonly #engine: Engine
  readonly #drawMs: () => number

  constructor(engine: Engine, chance: number, drawMs: () => number) {
    this.#engine = engine
    this.chance = chance
    this.#drawMs = drawMs
  }

  run(request: Request, log: StepLog | undefined): Ending | Promise<Ending> {
    const demandMs = this.#drawMs()
    const entry = log?.work('sleep', demandMs)
    if (demandMs <= 0) return undefined
    const { clock, pauses } = this.#engine
    return pauses.wait(request, demandMs, clock.nowMs()).then(waited => {
      if (entry) log!.ended(entry)
      return waited ? undefined : this.#engine.early.replyTo(request)
    })
  }
}

/** Burns a drawn amount of the thread's CPU time. */
export class Burn implements Step {
  readonly what = 'work cpu'
  readonly chance: number
  readonly #engine: Engine
  readonly #drawMs: () => number
  readonly #later: boolean

  /** `later`: it stands in a group, whose other branches are to begin before the thread is busy. */
  constructor(engine: Engine, chance: number, drawMs: () => number, later: boolean) {
    this.#engine = engine
    this.chance = chance
    this.#drawMs = drawMs
    this.#later = later
  }

  run(request: Request, log: StepLog | undefined): Ending | Promise<Ending> {
    const demandMs = this.#drawMs()
    const entry = log?.work('cpu', demandMs)
    if (demandMs <= 0) return undefined
    const burned = this.#engine.cpu.burn(request, demandMs, this.#later)
    if (burned instanceof Promise) return burned.then(done => this.#end(done, request, log, entry))
    return this.#end(burned, request, log, entry)
  }

  #end(done: boolean, request: Request, log: StepLog | undefined, entry: WorkEntry | undefined): Ending {
    if (entry) log!.ended(entry)
    return done ? undefined : this.#engine.early.replyTo(request)
  }
}

/** What a call asks for. */
export interface CallRequest {
  readonly link: string
  readonly method: string
  readonly path: string
  readonly query: string
  readonly headers: HeaderBlock
  readonly body: string | Uint8Array
}

/** Calls a link. A reply of 400 or more ends the script. */
export class Call implements Step {
  readonly what: string
  readonly chance: number
  readonly #engine: Engine
  readonly #to: CallRequest
  readonly #call: Handler
  readonly #failed: (upstream: Reply) => Reply
  readonly #line: string

  constructor(
    engine: Engine,
    chance: number,
    to: CallRequest,
    via: { call: Handler; failed: (reply: Reply) => Reply },
  ) {
    this.#engine = engine
    this.chance = chance
    this.what = `call ${to.link}`
    this.#to = to
    this.#call = via.call
    this.#failed = via.failed
    this.#line = `${to.method} ${to.path}${to.query === '' ? '' : `?${to.query}`}`
  }

  run(request: Request, log: StepLog | undefined): Ending | Promise<Ending> {
    const { method, path, query, headers, body } = this.#to
    this.#engine.count.calls.add()
    const arrivedAtMs = this.#engine.clock.nowMs()
    const entry = log?.call(this.#to.link, this.#line)
    const outcome = this.#call(request.with({ method, path, query, headers, body, arrivedAtMs }))
    if (!(outcome instanceof Promise)) return this.#end(outcome, request, log, entry)
    return outcome.then(reply => this.#end(reply, request, log, entry))
  }

  #end(reply: Reply, request: Request, log: StepLog | undefined, entry: CallEntry | undefined): Ending {
    if (entry) log!.answered(entry, reply)
    if (reply.status < 400) return undefined
    const { count, early } = this.#engine
    count.failed_calls.add()
    // The callee has not failed when it was given only as much time as there was.
    const givenUp = request.cancellation.cancelled || (reply.status === 504 && early.isDue(request))
    return givenUp ? early.replyTo(request) : this.#failed(reply)
  }
}

/** Ends the script with a failure, by chance. */
export class Fail implements Step {
  readonly what = 'fail'
  readonly chance: number
  readonly #engine: Engine
  readonly #probability: number
  readonly #reply: Reply

  constructor(engine: Engine, chance: number, probability: number, reply: Reply) {
    this.#engine = engine
    this.chance = chance
    this.#probability = probability
    this.#reply = reply
  }

  run(_request: Request, log: StepLog | undefined): Ending {
    if (this.#engine.random.next() >= this.#probability) return undefined
    this.#engine.count.failed.add()
    log?.end('fail', this.#reply.status)
    return this.#reply
  }
}

/** Ends the script with a prepared reply. */
export class Respond implements Step {
  readonly what = 'respond'
  readonly chance: number
  readonly #reply: Reply

  constructor(chance: number, reply: Reply) {
    this.chance = chance
    this.#reply = reply
  }

  run(_request: Request, log: StepLog | undefined): Ending {
    log?.end('respond', this.#reply.status)
    return this.#reply
  }
}
