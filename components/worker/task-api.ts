import { randomUUID } from 'node:crypto'
import {
  bodyLength,
  type Clock,
  type ComponentContext,
  type Endpoint,
  json,
  type Meter,
  problem,
  Reply,
  type Request,
  type Self,
} from '@archlab/runtime/kit'
import { OUTSTANDING, REUSED, readKey } from './idempotency-key.ts'
import type { JobCounts, JobState, NewJob } from './job.ts'
import { jobDocument, jobSummary } from './job-document.ts'
import type { counters } from './job-meters.ts'
import type { JobRunner } from './job-runner.ts'
import type { JobStore } from './job-store.ts'
import { readListQuery } from './list-query.ts'
import { type Maybe, whenKnown } from './maybe.ts'
import type { Question, Siblings } from './siblings.ts'
import { StoreReplies } from './store-replies.ts'
import { readSubmission, type SubmissionRules } from './submission.ts'
import type { Added, RequestKey } from './table/table-types.ts'

export interface TaskApiOptions {
  readonly self: Self
  readonly clock: Clock
  readonly store: JobStore
  readonly runner: JobRunner
  /** `undefined` where there are none. */
  readonly siblings: Siblings | undefined
  readonly rules: SubmissionRules
  readonly taskBytesMax: number
  /** How long a request waits for the store. */
  readonly timeoutMs: number
  readonly count: Readonly<Record<keyof typeof counters, Meter>>
  readonly refuse: ComponentContext['refuse']
  /** The reply to a task that finds the queue full. */
  readonly full: Reply
}

/** The endpoints below `/task`. */
export class TaskApi {
  readonly #options: TaskApiOptions
  readonly #replies: StoreReplies
  /** Idempotency keys of requests that this replica has not answered yet. */
  readonly #outstanding = new Set<string>()
  readonly #tooLarge: Reply
  readonly #silent: Reply

  constructor(options: TaskApiOptions) {
    this.#options = options
    this.#replies = new StoreReplies({ ...options, failures: options.count.store_failures })
    this.#tooLarge = problem(413, { detail: `A task has at most ${options.taskBytesMax} bytes.` })
    this.#silent = options.refuse(503, 'destination_unavailable', 'siblings', {
      detail: 'The replica that took this job does not answer.',
    })
  }

  readonly endpoints: Readonly<Record<string, Endpoint>> = {
    'POST /task': request => this.#submit(request),
    'GET /task/:id': (request, { id = '' }) => this.#show(request, id),
    'DELETE /task/:id': (request, { id = '' }) => this.#cancel(request, id),
    'GET /task': request => this.#list(request),
  }

  #submit(request: Request): Maybe<Reply> {
    const { rules, taskBytesMax, store, runner, self } = this.#options
    if (bodyLength(request.body) > taskBytesMax) return this.#tooLarge
    const submission = readSubmission(request, rules)
    if (submission instanceof Reply) return submission
    const key = readKey(request, submission.task)
    if (key instanceof Reply) return key
    if (key && this.#outstanding.has(key.key)) return OUTSTANDING
    // The owner of a job in memory is found by its id.
    const job: NewJob = { id: store.shared ? randomUUID() : `${self.index}-${randomUUID()}`, ...submission }
    const add = (): Maybe<Added> => store.add(job, Math.max(runner.free, 0), key)
    return this.#alone(key, () => this.#replies.reply(request, add, added => this.#added(added)))
  }

  /** Refuses other requests with the same key until this one has been answered. */
  #alone(key: RequestKey | null, answer: () => Maybe<Reply>): Maybe<Reply> {
    if (!key) return answer()
    this.#outstanding.add(key.key)
    const reply = answer()
    if (reply instanceof Promise) return reply.finally(() => this.#outstanding.delete(key.key))
    this.#outstanding.delete(key.key)
    return reply
  }

  #added(added: Added): Reply {
    const { count, runner, siblings, store, full } = this.#options
    if (added.outcome === 'full') {
      count.refused.add()
      return full
    }
    if (added.outcome === 'mismatch') return REUSED
    if (added.outcome === 'pending') return OUTSTANDING
    if (added.outcome === 'repeated') count.repeated.add()
    else {
      count.submitted.add()
      if (store.shared && runner.free <= 0) siblings?.work()
      runner.poke()
    }
    return json(202, { status: 'Started', id: added.id }, { location: `/task/${added.id}` })
  }

  #show(request: Request, id: string): Maybe<Reply> {
    const { store, clock } = this.#options
    return this.#replies.reply(
      request,
      () => store.find(id),
      job => (job ? jsonText(jobDocument(job, clock.wallMs())) : this.#askOwner('find', id, jsonText)),
    )
  }

  #cancel(request: Request, id: string): Maybe<Reply> {
    return this.#replies.reply(
      request,
      () => this.#cancelHere(id),
      answer => (answer === null ? this.#askOwner('cancel', id, cancelReply) : cancelReply(answer)),
    )
  }

  /** Cancels a job that this replica knows: the state it was found in, and what it is now; `null` when it is unknown. */
  #cancelHere(id: string): Maybe<string | null> {
    const { store, clock } = this.#options
    return whenKnown(store.cancel(id), found => {
      if (found === null) return null
      this.#cancelled(id, found)
      return whenKnown(store.find(id), job => `${found}\n${job ? jobDocument(job, clock.wallMs()) : '{}'}`)
    })
  }

  #cancelled(id: string, found: JobState): void {
    const { count, runner, siblings } = this.#options
    if (found !== 'queued' && found !== 'running') return
    count.cancelled.add()
    if (found === 'running' && !runner.drop(id)) siblings?.drop(id)
  }

  /** For siblings: jobs in memory are known to one replica only, which answers at once. */
  answer(question: Question, id: string): string | null {
    const { store, clock } = this.#options
    if (question === 'cancel') return this.#cancelHere(id) as string | null
    const job = store.find(id)
    return job === null || job instanceof Promise ? null : jobDocument(job, clock.wallMs())
  }

  #askOwner(question: Question, id: string, answered: (text: string) => Reply): Maybe<Reply> {
    const { store, siblings, self } = this.#options
    const owner = ownerOf(id)
    if (store.shared || !siblings || owner === self.index || owner >= self.replicas) return UNKNOWN
    return siblings
      .ask(owner, question, id)
      .then(answer => (answer ? answered(answer) : answer === null ? UNKNOWN : this.#silent))
  }

  #list(request: Request): Maybe<Reply> {
    const { store, clock, self } = this.#options
    const query = readListQuery(request.query)
    if (query instanceof Reply) return query
    const ask = (): Maybe<[JobCounts, Awaited<ReturnType<JobStore['list']>>]> =>
      whenKnown(store.counts(), counts => whenKnown(store.list(query.filter), jobs => [counts, jobs]))
    return this.#replies.reply(request, ask, ([counts, jobs]) => {
      const nowMs = clock.wallMs()
      const last = jobs.length === query.filter.limit ? jobs.at(-1) : undefined
      const next = last && query.pageBefore(last.seq)
      const document = {
        replica: self.replica,
        ...counts,
        recent: jobs.map(job => jobSummary(job, nowMs)),
        ...(next ? { next } : {}),
      }
      return json(200, document, next ? { link: `<${next}>; rel="next"` } : {})
    })
  }
}

const UNKNOWN = problem(404, { detail: 'There is no such job, or it ended long ago and is forgotten.' })
const JSON_HEADERS = json(200, null).headers
const jsonText = (text: string): Reply => new Reply(200, JSON_HEADERS, text)

/** The answer of `#cancelHere` as a reply. */
function cancelReply(answer: string): Reply {
  const end = answer.indexOf('\n')
  const found = answer.slice(0, end) as JobState
  if (found === 'queued' || found === 'running' || found === 'cancelled') return jsonText(answer.slice(end + 1))
  return problem(409, { detail: `The job cannot be cancelled: it has ended and is ${found}.` })
}

/** Index of the replica that gave out this id; infinite when none did. */
function ownerOf(id: string): number {
  const prefix = /^(\d{1,6})-[0-9a-f-]{36}$/.exec(id)?.[1]
  return prefix === undefined ? Number.POSITIVE_INFINITY : Number(prefix)
}
