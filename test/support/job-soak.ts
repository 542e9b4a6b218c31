import { Agent } from 'node:http'
import { join } from 'node:path'
import { postJson } from '@archlab/runtime/whole-lab'
import { type Blow, BlowDealer, type Dealt, isBetween } from './blow.ts'
import { deleteQueues, queueName, rabbitmqUrl } from './job-broker.ts'
import { jobTopology, type Run, readRuns } from './job-lab.ts'
import { MortalLab } from './mortal-lab.ts'
import type { Ending } from './own-server.ts'

export interface JobSoakOptions {
  readonly queue: 'sqlite' | 'amqp'
  readonly blow: Blow
  readonly rounds: number
}

/** What became of the jobs. */
export interface JobSoakResult {
  readonly queue: string
  readonly blow: Blow
  readonly rounds: number
  /** Tasks answered 202. */
  readonly accepted: number
  /** Tasks answered 503, or not at all. */
  readonly refused: number
  /** Of the accepted ones, those found done. */
  readonly done: number
  /** Of the accepted ones, those whose job is not found, or has not run. */
  readonly vanished: number
  /** Of the accepted ones, those in any other state. */
  readonly unfinished: number
  /** Runs of accepted jobs, counted by the jobs themselves. */
  readonly executions: number
  /** Runs beyond the first one of each job. */
  readonly duplicates: number
  /** Of these, those that no blow explains: none was dealt since the run before it began. */
  readonly unexplained: number
  /** Most runs of one job. */
  readonly mostRuns: number
  /** Jobs that ran more often than their record has attempts; at-least-once allows none. */
  readonly beyondAttempts: number
}

/** Whether every accepted job is done, as often as at-least-once and the blows allow. */
export const isSound = ({ accepted, done, unexplained, beyondAttempts }: JobSoakResult): boolean =>
  accepted > 0 && done === accepted && unexplained + beyondAttempts === 0

/** Waits that decide how hard the soak is. */
const CLIENTS = 8
const PAUSE_MS = 20
/** A client that is refused leaves the processor to what has to start again. */
const REFUSED_PAUSE_MS = 200
/** Longest task: with these clients, more work than four threads can do, so that some always waits. */
const TASK_MS = 40
/** With more attempts than a job can be hit. */
const SETTINGS = [
  ...['queue-limit: 100000', 'keep-finished: 100000', 'attempts: 50', 'backoff: 100ms'],
  ...['replicas: 2', 'concurrency: 4', 'pool-threads: 2'],
]
/** After a blow, everything that was killed has to start, and to find its store. */
const RECOVERY_MS = 240_000
const ROUND_MS = { min: 300, more: 700 }

/**
 * Submits jobs without pause, deals the blows, and counts what became of every job that was answered 202. `progress` is
 * told of every blow.
 */
export async function soakJobs(
  t: Ending,
  options: JobSoakOptions,
  progress: (text: string) => void = () => {},
): Promise<JobSoakResult> {
  const { queue, blow, rounds } = options
  const dealer = await BlowDealer.prepare(t, blow)
  const name = queueName()
  const where = queue === 'sqlite' ? [] : [`queue: ${rabbitmqUrl(dealer.brokerPort)}`, `queue-name: ${name}`]
  const lab = await MortalLab.start(t, jobTopology([...where, ...SETTINGS]), 'worker')
  // Once the lab has ended, which would make them again; a server of the soak's own goes with its queues.
  if (queue === 'amqp' && blow !== 'server') t.after(() => deleteQueues(name))
  const load = new Load(lab)
  const dealt: Dealt[] = []
  try {
    for (let round = 0; round < rounds; round++) {
      await load.goesOn(`before blow ${round + 1}`)
      await new Promise(resolve => setTimeout(resolve, ROUND_MS.min + Math.random() * ROUND_MS.more))
      dealt.push(await dealer.deal(lab, round))
      progress(`blow ${round + 1} of ${rounds}: ${load.accepted.size} jobs accepted`)
    }
    await load.goesOn('after the last blow')
  } finally {
    await load.stop()
  }
  return { ...options, accepted: load.accepted.size, refused: load.refused, ...(await count(lab, load, dealt)) }
}

/** Clients that submit tasks, one after the other each, whatever happens to the lab. */
class Load {
  readonly accepted = new Set<string>()
  refused = 0
  readonly #lab: MortalLab
  readonly #clients: Promise<void>[]
  #stopped = false

  constructor(lab: MortalLab) {
    this.#lab = lab
    this.#clients = Array.from({ length: CLIENTS }, () => this.#client())
  }

  /** Resolves when ten tasks more have been accepted. */
  goesOn(when: string): Promise<void> {
    const before = this.accepted.size
    return this.#lab.does(() => this.accepted.size >= before + 10, `tasks are accepted ${when}`, RECOVERY_MS)
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await Promise.all(this.#clients)
  }

  async #client(): Promise<void> {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    while (!this.#stopped) {
      const task = { kind: 'witness', ms: Math.floor(Math.random() * TASK_MS) }
      const reply = await postJson(`${this.#lab.url}/task`, task, { agent, timeoutMs: 5000 }).catch(() => undefined)
      if (reply?.status === 202) this.accepted.add(reply.json.id)
      else this.refused++
      await new Promise(resolve => setTimeout(resolve, reply?.status === 202 ? PAUSE_MS : REFUSED_PAUSE_MS))
    }
    agent.destroy()
  }
}

/** Waits for the jobs to end, then asks for each of them. */
async function count(lab: MortalLab, load: Load, dealt: readonly Dealt[]) {
  const isIdle = async (): Promise<boolean> => {
    const reply = await lab.ask('/task')
    return reply?.status === 200 && reply.json.queued + reply.json.running === 0
  }
  await lab.does(isIdle, 'all jobs have ended', RECOVERY_MS)
  const runsOf = readRuns(join(lab.folder, 'executions'))
  const result = { done: 0, vanished: 0, unfinished: 0, executions: 0, duplicates: 0, unexplained: 0, mostRuns: 0 }
  let beyondAttempts = 0
  for (const id of load.accepted) {
    const { status, json } = await lab.read(`/task/${id}`)
    const runs = runsOf.get(id) ?? []
    if (status === 404 || (json.state === 'done' && runs.length === 0)) result.vanished++
    else if (json.state === 'done') result.done++
    else result.unfinished++
    result.executions += runs.length
    result.duplicates += Math.max(runs.length - 1, 0)
    result.unexplained += unexplained(runs, dealt)
    result.mostRuns = Math.max(result.mostRuns, runs.length)
    if (runs.length > json.attempts) beyondAttempts++
  }
  return { ...result, beyondAttempts }
}

/** Runs of one job that no blow explains. */
const unexplained = (runs: readonly Run[], dealt: readonly Dealt[]): number =>
  runs.filter((run, at) => {
    const before = runs[at - 1]
    return before && !dealt.some(blow => isBetween(blow, before.startedAtMs, run.startedAtMs))
  }).length
