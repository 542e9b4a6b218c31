import { ExperimentDisplay, type LabRun, type Probe, type ScalePoint } from '@archlab/bench/compare'
import type { LoadOptions, ResultFolder } from '@archlab/bench/load'
import { systemClock } from '../kit/index.ts'
import type { Topology } from '../topology/index.ts'
import { freshRun } from './fresh-runs.ts'
import { screen } from './load-run.ts'

/** Checks that fail because the lab is beyond its limit, which is what a search looks for. */
const OVERLOAD = ['steady', 'drops']
/** A run whose load was not what it should have been is made so many times in all. */
const ATTEMPTS = 5

export interface ProbeOptions {
  readonly load: LoadOptions
  /** At each rate or size. */
  readonly runs: number
  readonly stop: AbortSignal
  readonly folder: ResultFolder
}

/** Makes runs at rates and sizes, each in a lab of its own. */
export class CapacityProbes {
  /** Why no more runs could be made; `null` while they can. */
  ended: string | null = null
  readonly #options: ProbeOptions
  readonly #display = new ExperimentDisplay(screen(), systemClock, [])
  #made = 0

  constructor(options: ProbeOptions) {
    this.#options = options
  }

  /** How many runs at a rate meet every threshold; `null` when it cannot be told. A lab whose queue grows does not hold a rate. */
  async atRate(topology: Topology, perSecond: number, seed: number): Promise<Probe | null> {
    const rate = { option: '--rate', text: `${Math.max(0.001, Number(perSecond.toFixed(3)))}/s` }
    const made = await this.#several(topology, { ...this.#options.load, rate }, `${rate.text}`, seed)
    if (!made) return null
    const held = made.filter(({ result }) => !isOverloaded(result) && result.thresholds.every(({ met }) => met)).length
    this.#display.note(`${rate.text}: ${held} of ${made.length} runs meet the expectations`)
    return { perSecond, held, of: made.length }
  }

  /** What a closed loop of so many users gets; `null` when it cannot be told. */
  async atUsers(topology: Topology, users: number, seed: number): Promise<ScalePoint | null> {
    const connections = { option: '--users', text: String(users) }
    const made = await this.#several(topology, { ...this.#options.load, connections }, `${users} users`, seed)
    if (!made) return null
    const runs = made.map(({ result }) => result.totals.achievedPerSecond)
    const perSecond = runs.toSorted((left, right) => left - right)[(runs.length - 1) >> 1]!
    this.#display.note(`${users} users: ${perSecond.toFixed(1)}/s`)
    return { n: users, perSecond, runs }
  }

  close(): void {
    this.#display.close()
  }

  async #several(topology: Topology, load: LoadOptions, what: string, seed: number): Promise<LabRun[] | null> {
    const made: LabRun[] = []
    for (let run = 0; run < this.#options.runs; run++) {
      const one = await this.#valid(topology, load, what, seed + run)
      if (!one) return null
      made.push(one)
    }
    return made
  }

  async #valid(topology: Topology, load: LoadOptions, what: string, seed: number): Promise<LabRun | null> {
    const { stop, folder } = this.#options
    let why = ''
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      this.#display.began({ arm: what, block: this.#made + 1, seed }, { made: this.#made, left: 1 })
      const run = stop.aborted ? null : await freshRun(topology, load, seed, { display: this.#display, stop })
      if (!run?.result.complete) {
        this.ended = 'ended by hand'
        return null
      }
      this.#made += 1
      folder.keep(`runs/${this.#made}.json`, run.result)
      const failed = run.result.validity.checks.filter(
        ({ name, verdict }) => verdict === 'failed' && !OVERLOAD.includes(name),
      )
      if (failed.length === 0 && run.failure === null) return run
      why = run.failure ?? failed.map(({ explanation }) => explanation.split(/(?<=\.) /)[0]).join(' ')
      this.#display.note(`${what}: INVALID, not used. ${why}`)
    }
    this.ended = `At ${what} no valid run could be made: ${why}`
    return null
  }
}

const isOverloaded = ({ validity }: LabRun['result']): boolean =>
  validity.checks.some(({ name, verdict }) => verdict === 'failed' && OVERLOAD.includes(name))
