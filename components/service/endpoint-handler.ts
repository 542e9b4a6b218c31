import { type ComponentContext, headerAppend, json, Reply, type Request, whenReplied } from '@archlab/runtime/kit'
import { CALL_TREE_FIELD, type CallTree, roomForTree, treeText } from './call-tree.ts'
import type { EarlyEnd } from './early-end.ts'
import type { Ending, Sequence } from './sequence.ts'
import { StepLog } from './step-log.ts'

/** What an endpoint needs of its replica. */
type Surroundings = Pick<ComponentContext, 'self' | 'clock'>

/** One endpoint of a replica: runs the script, and answers when the script has not. */
export class EndpointHandler {
  readonly #context: Surroundings
  readonly #endpoint: string
  readonly #sequence: Sequence
  readonly #early: EarlyEnd
  readonly #done: Reply

  constructor(context: Surroundings, endpoint: string, sequence: Sequence, early: EarlyEnd) {
    this.#context = context
    this.#endpoint = endpoint
    this.#sequence = sequence
    this.#early = early
    this.#done = json(200, { service: context.self.replica })
  }

  readonly handle = (request: Request): Reply | Promise<Reply> => {
    if (request.trace) return this.#traced(request, request.trace.entries)
    const ending = this.#sequence.run(request, undefined)
    return ending instanceof Promise ? ending.then(this.#reply) : this.#reply(ending)
  }

  readonly #reply = (ending: Ending): Reply => (ending ? this.#early.counted(ending) : this.#done)

  #traced(request: Request, timings: readonly string[]): Reply | Promise<Reply> {
    const { clock } = this.#context
    const log = new StepLog(clock, clock.nowMs())
    const ending = this.#sequence.run(request, log)
    const replied = ending instanceof Promise ? ending.then(this.#reply) : this.#reply(ending)
    return whenReplied(replied, reply => this.#withTree(reply, log, timings))
  }

  /** The tree goes with this reply only: a prepared one is shared by requests. */
  #withTree(reply: Reply, log: StepLog, timings: readonly string[]): Reply {
    const tree: CallTree = {
      service: this.#context.self.replica,
      endpoint: this.#endpoint,
      status: reply.status,
      durationMs: log.elapsedMs,
      steps: log.entries,
    }
    const text = treeText(tree, roomForTree(timings))
    const headers = headerAppend(reply.headers, CALL_TREE_FIELD, text)
    if (reply !== this.#done) return reply.with({ headers })
    return new Reply(200, headers, `{"service":${JSON.stringify(tree.service)},"calls":${text}}`)
  }
}
