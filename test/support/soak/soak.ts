import { type Random, seededRandom } from '@archlab/runtime/kit'
import { eventually } from '@archlab/runtime/whole-lab'
import { isAlive } from '../listening.ts'
import type { Ending } from '../own-server.ts'
import { type Disturbance, draw, UNDO_DRAINS, UNDO_EDITS } from './disturbances.ts'
import {
  type Balance,
  balanceOf,
  countJobs,
  type EdgeCounts,
  inexact,
  inexactJobs,
  type Jobs,
  strange,
} from './exact.ts'
import { type Growth, growthOf, type Reading, readProcess } from './readings.ts'
import { type SoakLab, startSoakLab } from './soak-lab.ts'
import { type Outcomes, SoakLoad, sum } from './soak-load.ts'

export interface SoakOptions {
  /** How long it is disturbed; looks, and the time until a killed host is back, come on top. */
  readonly forMs: number
  /** Mean time between two disturbances. */
  readonly everyMs: number
  readonly seed: string
  readonly clients: number
}

/** What a soak has seen. */
export interface SoakResult {
  readonly seed: string
  readonly calls: number
  readonly outcomes: Readonly<Record<string, number>>
  /** Disturbances that were dealt, by kind; `host` is `kill -9` of the host process. */
  readonly dealt: Readonly<Record<string, number>>
  /** Of these, those that could not be carried out, since another one had hit their target before. */
  readonly notDone: number
  /** How often everything was held still, and counts compared. */
  readonly looks: number
  readonly jobs: Jobs
  readonly growth: readonly Growth[]
  /** What did not hold. */
  readonly violations: readonly string[]
}

/** Longest time between two looks. */
const LOOK_EVERY_MS = 15_000
/** Hosts are killed in this part of the time, so that one and the same is there from then on to be measured. */
const HOSTS_DIE = { from: 0.1, until: 0.18, everyMs: 20_000 }
/** At least so many looks, however short the time. */
const LOOKS_MIN = 5
/** In shorter runs too little happens to show whether memory grows. */
export const MEMORY_JUDGED_FROM_MS = 300_000
const GROWTH_MAX = 1.1
const COLLECT_MS = 500
const RECOVERY_MS = 120_000

const judgesMemory = ({ forMs }: SoakOptions): boolean => forMs >= MEMORY_JUDGED_FROM_MS

/** Loads Lab 5 and disturbs it by chance for a time. `progress` is told what happens, with the time since the begin in ms. */
export async function soak(
  t: Ending,
  options: SoakOptions,
  progress: (sinceMs: number, text: string) => void = () => {},
): Promise<SoakResult> {
  const lab = await startSoakLab(t, judgesMemory(options))
  const load = await SoakLoad.start(lab.control.url('edge'), options.clients, seededRandom(`${options.seed} load`))
  t.after(() => load.stop())
  return new Soak(lab, load, options, progress).run()
}

class Soak {
  readonly #lab: SoakLab
  readonly #load: SoakLoad
  readonly #options: SoakOptions
  readonly #random: Random
  readonly #say: (text: string) => void
  readonly #readings = new Map<string, { at: number; reading: Reading }[]>()
  readonly #dealt: Record<string, number> = {}
  readonly #violations: string[] = []
  /** How long it has been disturbed: the same on every machine, however long it takes to recover. */
  #disturbedMs = 0
  #notDone = 0
  #looks = 0
  /** Disturbances that are being carried out. */
  readonly #busy = new Set<Promise<void>>()
  /** At the last look: calls lost, and what the lab had counted beyond what clients got. */
  #balance: Balance = { lost: 0, missing: 0 }
  /** Whether connections of clients may have been cut since then. */
  #mayCut = false

  constructor(lab: SoakLab, load: SoakLoad, options: SoakOptions, progress: (sinceMs: number, text: string) => void) {
    const beganMs = performance.now()
    this.#lab = lab
    this.#load = load
    this.#options = options
    this.#random = seededRandom(options.seed)
    this.#say = text => progress(performance.now() - beganMs, text)
  }

  async run(): Promise<SoakResult> {
    const { forMs, everyMs, seed } = this.#options
    const lookEveryMs = Math.min(LOOK_EVERY_MS, forMs / LOOKS_MIN)
    let nextKillMs = HOSTS_DIE.from * forMs
    let nextLookMs = lookEveryMs
    while (this.#disturbedMs < forMs) {
      if (this.#disturbedMs >= nextKillMs && this.#disturbedMs < HOSTS_DIE.until * forMs) {
        nextKillMs += HOSTS_DIE.everyMs
        await this.#killHost()
      } else if (this.#disturbedMs >= nextLookMs) {
        nextLookMs += lookEveryMs
        await this.#look()
      } else this.#deal(draw(this.#random))
      const waitMs = everyMs * (0.3 + 1.4 * this.#random.next())
      await sleep(waitMs)
      this.#disturbedMs += waitMs
    }
    await this.#look()
    await this.#killHost()
    await this.#look()
    await this.#load.stop()
    const jobs = await this.#countJobs()
    const growth = [...this.#readings].flatMap(([process, readings]) => growthOf(process, readings))
    const outcomes = addUp(this.#load.lives)
    const violations = [
      ...this.#violations,
      ...inexactJobs(jobs),
      ...strange(outcomes, this.#load),
      ...this.#grown(growth),
    ]
    const [dealt, notDone, looks] = [this.#dealt, this.#notDone, this.#looks]
    return { seed, calls: sum(outcomes), outcomes, dealt, notDone, looks, jobs, growth, violations }
  }

  /** Begins to carry out a disturbance. */
  #deal(disturbance: Disturbance): void {
    this.#say(disturbance.text)
    this.#noteDealt(disturbance.text.split(' ', 1)[0]!)
    if (disturbance.hitsEdge) this.#mayCut = true
    const done = this.#carryOut(disturbance).catch(error => this.#violates(`${disturbance.text}: ${error.message}`))
    this.#busy.add(done)
    void done.then(() => this.#busy.delete(done))
  }

  async #carryOut({ text, event, patch, undo }: Disturbance): Promise<void> {
    const { control } = this.#lab
    const { status, json } = patch === undefined ? await control.operate(event!) : await control.patch(patch)
    if (status !== 200 && json.code === 'OPERATION_FAILED') {
      this.#notDone += 1
      this.#say(`${text}: not done, ${json.detail}`)
    } else if (status !== 200) this.#violates(`${text}: ${status} ${json.code} ${json.detail}`)
    if (!undo) return
    await sleep(undo.afterMs)
    await control.operate(undo.event)
  }

  async #killHost(): Promise<void> {
    const { control } = this.#lab
    this.#say('kill -9 of the host')
    this.#noteDealt('host')
    // What it counted since the last look goes with it.
    await this.#look()
    await this.#load.goesOn()
    const [pid] = (await control.status()).hostPids
    process.kill(pid!, 'SIGKILL')
    await eventually(() => !isAlive(pid!), 'the host is dead')
    this.#load.bury()
    this.#balance = { lost: 0, missing: 0 }
    this.#mayCut = true
    await control.whole(RECOVERY_MS)
    await this.#load.goesOn()
  }

  /** Waits until all is well, holds the clients still, and compares counts. */
  async #look(): Promise<void> {
    const { control } = this.#lab
    await Promise.all(this.#busy)
    for (const event of UNDO_DRAINS) await control.operate(event)
    await control.patch(...UNDO_EDITS)
    await control.whole(RECOVERY_MS)
    await this.#load.goesOn()
    await this.#load.hold()
    const edge = await this.#settled()
    const got = this.#load.present
    const balance = balanceOf(got, edge)
    for (const one of inexact(got, edge, this.#balance)) this.#violates(one)
    if (balance.lost > this.#balance.lost && !this.#mayCut) {
      this.#violates(`${balance.lost - this.#balance.lost} calls were lost although nothing has cut connections`)
    }
    this.#balance = balance
    this.#mayCut = false
    this.#looks += 1
    const { memoryMb } = await this.#read()
    const seen = [`${this.#load.calls} calls`, `${this.#violations.length} violations`, `host ${memoryMb} MB`]
    this.#say(`look ${this.#looks}: ${seen.join(', ')}`)
    this.#load.go()
  }

  /** What the edge has counted, once that stays the same. */
  async #settled(): Promise<EdgeCounts> {
    let last: EdgeCounts | undefined
    await eventually(async () => {
      const before = last?.received
      last = (await this.#lab.control.status()).components.edge!
      return last.received === before
    }, 'the edge counts no more')
    return last!
  }

  /** Notes what the processes take at the moment; resolves to what the host does. */
  async #read(): Promise<Reading> {
    const at = this.#disturbedMs / this.#options.forMs
    const { pid, hostPids } = await this.#lab.control.status()
    const pids = [pid, hostPids[0]!] as const
    if (judgesMemory(this.#options)) await Promise.all(pids.map(collected))
    const now = { supervisor: readProcess(pids[0]), host: readProcess(pids[1]) }
    for (const [process, reading] of Object.entries(now)) {
      this.#readings.set(process, [...(this.#readings.get(process) ?? []), { at, reading }])
    }
    return now.host
  }

  async #countJobs(): Promise<Jobs> {
    const { control, jobFile } = this.#lab
    await control.does(
      async () => {
        const { queued, running } = (await control.status()).components.worker!.gauges
        return queued === 0 && running === 0
      },
      'every job has ended',
      RECOVERY_MS,
    )
    return countJobs(jobFile, this.#load.accepted, this.#load.unanswered)
  }

  #grown(growth: readonly Growth[]): string[] {
    return growth
      .filter(({ quantity }) => quantity !== 'memoryMb' || judgesMemory(this.#options))
      .filter(({ early, late }) => late > early * GROWTH_MAX)
      .map(({ process, quantity, early, late }) => `${quantity} of the ${process} grew from ${early} to ${late}`)
  }

  #noteDealt(kind: string): void {
    this.#dealt[kind] = (this.#dealt[kind] ?? 0) + 1
  }

  #violates(text: string): void {
    this.#violations.push(text)
    this.#say(`DOES NOT HOLD: ${text}`)
  }
}

/** Resolves when a process that has been asked to collect its garbage gives no more memory back. */
async function collected(pid: number): Promise<void> {
  process.kill(pid, 'SIGUSR2')
  let before = Number.POSITIVE_INFINITY
  for (let now = readProcess(pid).memoryMb; now < before; now = readProcess(pid).memoryMb) {
    before = now
    await sleep(COLLECT_MS)
  }
}

const sleep = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))

function addUp(lives: readonly Outcomes[]): Outcomes {
  const total: Outcomes = {}
  for (const life of lives) {
    for (const [outcome, count] of Object.entries(life)) total[outcome] = (total[outcome] ?? 0) + count
  }
  return total
}
