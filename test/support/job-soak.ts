import { Agent } from 'node:http'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { eventually, freePorts, httpCall, postJson } from '@archlab/runtime/whole-lab'
import { Cli, folderWith } from './cli.ts'
import { deleteQueues, queueName, RABBITMQ_PORT, rabbitmqUrl } from './job-broker.ts'
import { jobTopology, readExecutions } from './job-lab.ts'
import { isAlive } from './listening.ts'
import { TcpProxy } from './tcp-proxy.ts'

/** What is done to the lab again and again while it is under load. */
export type Blow =
  /** `kill -9` of the host process, and every other time of the supervisor too. */
  | 'kill'
  /** The connections to the broker are reset, and every other time it cannot be reached for a while. */
  | 'cut'

export interface SoakOptions {
  readonly queue: 'sqlite' | 'amqp'
  readonly blow: Blow
  readonly rounds: number
}

/** What became of the jobs. */
export interface SoakResult {
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
  /** Most runs of one job. */
  readonly mostRuns: number
  /** Jobs that ran more often than their record has attempts; at-least-once allows none. */
  readonly beyondAttempts: number
}

/** Waits that decide how hard the soak is. */
const CLIENTS = 8
const PAUSE_MS = 20
/** Longest task: with these clients, more work than four threads can do, so that some always waits. */
const TASK_MS = 40
const ROUND_MS = { min: 300, more: 700 }
/** More than a job can be hit. */
const ATTEMPTS = 20

/** Submits jobs without pause, deals the blows, and counts what became of every job that was answered 202. */
export async function soak(t: Pick<TestContext, 'after'>, options: SoakOptions): Promise<SoakResult> {
  const lab = await SoakLab.start(t, options)
  try {
    return await soakLab(lab, options)
  } finally {
    await lab.end()
  }
}

async function soakLab(lab: SoakLab, options: SoakOptions): Promise<SoakResult> {
  const load = new Load(lab.url)
  for (let round = 0; round < options.rounds; round++) {
    const before = load.accepted.size
    await eventually(() => load.accepted.size >= before + 10, 'tasks are accepted', 30_000)
    await new Promise(resolve => setTimeout(resolve, ROUND_MS.min + Math.random() * ROUND_MS.more))
    await lab.blow(round)
  }
  const before = load.accepted.size
  await eventually(() => load.accepted.size >= before + 10, 'tasks are accepted after the last blow', 30_000)
  await load.stop()
  return count(lab, load, options)
}

/** The lab that is put to the test, in processes of its own. */
class SoakLab {
  readonly url: string
  readonly folder: string
  readonly #t: Pick<TestContext, 'after'>
  readonly #options: SoakOptions
  readonly #port: number
  readonly #proxy: TcpProxy | undefined
  readonly #queueName: string | undefined
  readonly #clis: Cli[] = []
  #controlUrl = ''

  private constructor(t: Pick<TestContext, 'after'>, options: SoakOptions, port: number, proxy: TcpProxy | undefined) {
    this.#t = t
    this.#options = options
    this.#port = port
    this.#proxy = proxy
    this.#queueName = options.queue === 'amqp' ? queueName() : undefined
    this.url = `http://127.0.0.1:${port}`
    const queue =
      this.#queueName === undefined
        ? ['queue: sqlite']
        : [`queue: ${rabbitmqUrl(proxy?.port)}`, `queue-name: ${this.#queueName}`]
    const limits = ['queue-limit: 100000', 'keep-finished: 100000', `attempts: ${ATTEMPTS}`, 'backoff: 100ms']
    const size = ['replicas: 2', 'concurrency: 4', 'pool-threads: 2']
    this.folder = folderWith(t as TestContext, jobTopology([...queue, ...limits, ...size]))
  }

  static async start(t: Pick<TestContext, 'after'>, options: SoakOptions): Promise<SoakLab> {
    const [port] = await freePorts(1)
    const proxy = options.blow === 'cut' ? await TcpProxy.start(t as TestContext, RABBITMQ_PORT) : undefined
    const lab = new SoakLab(t, options, port!, proxy)
    await lab.#up()
    return lab
  }

  async blow(round: number): Promise<void> {
    if (this.#options.blow === 'cut') return this.#cut(round)
    const { hostPids } = (await httpCall(`${this.#controlUrl}/status`)).json
    const whole = round % 2 === 1
    // Both at once, or the host would notice that its supervisor is gone, and end in order.
    const victims = whole ? [...hostPids, this.#clis.at(-1)!.pid] : hostPids
    for (const pid of victims) process.kill(pid, 'SIGKILL')
    await eventually(() => !victims.some(isAlive), 'the processes are dead')
    if (whole) await this.#up()
  }

  /** Ends what still runs, then deletes the queues: a lab that runs would make them again. */
  async end(): Promise<void> {
    const running = (): number[] => this.#clis.flatMap(cli => cli.processes())
    for (const pid of running()) process.kill(pid, 'SIGKILL')
    await eventually(() => running().length === 0, 'the lab has ended')
    if (this.#queueName !== undefined) await deleteQueues(this.#queueName)
  }

  async #cut(round: number): Promise<void> {
    if (round % 2 === 0) return this.#proxy!.cut()
    await this.#proxy!.refuse()
    await new Promise(resolve => setTimeout(resolve, 300))
    await this.#proxy!.resume()
  }

  async #up(): Promise<void> {
    const args = ['up', '--json', '--control-port', '0', '--set', `components.worker.port=${this.#port}`]
    const env = { ARCHLAB_STATE: join(this.folder, 'state') }
    const cli = Cli.start(this.#t as TestContext, args, { cwd: this.folder, env })
    this.#clis.push(cli)
    this.#controlUrl = (await cli.ready()).controlUrl
  }
}

/** Clients that submit tasks, one after the other each, whatever happens to the lab. */
class Load {
  readonly accepted = new Set<string>()
  refused = 0
  readonly #url: string
  readonly #clients: Promise<void>[]
  #stopped = false

  constructor(url: string) {
    this.#url = url
    this.#clients = Array.from({ length: CLIENTS }, () => this.#client())
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await Promise.all(this.#clients)
  }

  async #client(): Promise<void> {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    while (!this.#stopped) {
      const task = { kind: 'witness', ms: Math.floor(Math.random() * TASK_MS) }
      const reply = await postJson(`${this.#url}/task`, task, { agent, timeoutMs: 5000 }).catch(() => undefined)
      if (reply?.status === 202) this.accepted.add(reply.json.id)
      else this.refused++
      await new Promise(resolve => setTimeout(resolve, PAUSE_MS))
    }
    agent.destroy()
  }
}

/** Waits for the jobs to end, then asks for each of them. */
async function count(lab: SoakLab, load: Load, options: SoakOptions): Promise<SoakResult> {
  const counts = async () => (await httpCall(`${lab.url}/task`)).json
  const isIdle = async (): Promise<boolean> => {
    const { queued, running } = await counts()
    return queued + running === 0
  }
  await eventually(isIdle, 'all jobs have ended', 120_000)
  const executions = readExecutions(join(lab.folder, 'executions'))
  const result = { done: 0, vanished: 0, unfinished: 0, executions: 0, duplicates: 0, mostRuns: 0, beyondAttempts: 0 }
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  for (const id of load.accepted) {
    const { status, json } = await httpCall(`${lab.url}/task/${id}`, { agent })
    const runs = executions.get(id)?.length ?? 0
    if (status === 404 || (json.state === 'done' && runs === 0)) result.vanished++
    else if (json.state === 'done') result.done++
    else result.unfinished++
    result.executions += runs
    result.duplicates += Math.max(runs - 1, 0)
    result.mostRuns = Math.max(result.mostRuns, runs)
    if (runs > json.attempts) result.beyondAttempts++
  }
  agent.destroy()
  return { ...options, accepted: load.accepted.size, refused: load.refused, ...result }
}
