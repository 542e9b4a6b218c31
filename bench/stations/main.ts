import { benchCommand } from '../support/bench-command.ts'
import { type Option, UsageError } from '../support/options.ts'
import { type Environment, environment, writeResult } from '../support/results.ts'
import { LIMIT, measure, type StationRun } from './measure.ts'
import { casesText, exitCodeOf, invalidText, isWithin, runsText } from './report.ts'
import { type StationCase, variantNames } from './station-case.ts'
import { stopSignal } from './stop-signal.ts'

const OPTIONS = {
  only: { type: 'words', doc: 'Variants; all when left out.' },
  utilisations: { type: 'words', doc: 'Offered load for each server, in percent.', default: ['50', '70', '80'] },
  seeds: { type: 'integer', doc: 'Runs of each, with the seeds 1, 2, ...', default: 5, min: 1, max: 1000 },
  duration: { type: 'integer', doc: 'Seconds in which requests arrive, in a run.', default: 7, min: 1, max: 3600 },
  json: { type: 'flag', doc: 'Print the result as JSON on stdout, everything else on stderr.' },
  help: { type: 'flag', doc: 'Print this.' },
} as const satisfies Record<string, Option>

const ABOUT = `Puts the stations of examples/mm1.yaml under random load, each run on a lab of its own, and simulates the recorded arrivals and
demands of the run again. So two things are told apart: how far the lab is from the model that it plays (emulation), and how far
a run of this length is from theory by chance (noise).
Exit codes: 0 every run is within ${LIMIT * 100} % of its replay; 1 one is not; 2 wrong usage; 3 a measurement is invalid or was cut short.`

/** A run that was invalid is made again at most so often: another program may have had the machine for a moment. */
const REPEATS = 3

/** The content of `result.json`. */
interface StationsResult {
  readonly benchmark: 'stations'
  readonly environment: Environment
  readonly plan: { readonly cases: readonly StationCase[]; readonly seeds: number; readonly durationSeconds: number }
  readonly limit: number
  readonly within: boolean
  readonly runs: readonly StationRun[]
  /** Invalid ones that were made again. */
  readonly repeated: readonly StationRun[]
}

process.exitCode = await benchCommand(
  { command: 'npm run stations -- [options]', about: ABOUT, options: OPTIONS },
  process.argv.slice(2),
  async (options, progress) => {
    const cases = casesOf(await chosen(options.only), options.utilisations)
    const { seeds, duration } = options
    const began = environment()
    const { runs, repeated } = await measureAll(cases, seeds, duration, progress)
    const plan = { cases, seeds, durationSeconds: duration }
    const within = runs.every(isWithin)
    report({ benchmark: 'stations', environment: began, plan, limit: LIMIT, within, runs, repeated }, options.json)
    return exitCodeOf(runs, cases.length * seeds)
  },
)

async function chosen(only: readonly string[]): Promise<readonly string[]> {
  const known = await variantNames()
  const unknown = only.find(name => !known.includes(name))
  if (unknown !== undefined) throw new UsageError(`no variant "${unknown}"; there are ${known.join(', ')}`)
  return only.length === 0 ? known : known.filter(name => only.includes(name))
}

function casesOf(variants: readonly string[], percents: readonly string[]): StationCase[] {
  const loads = percents.map(Number)
  if (loads.length === 0 || loads.some(load => !(load > 0 && load < 100))) {
    throw new UsageError(`--utilisations are percents between 0 and 100, not "${percents.join(',')}"`)
  }
  return variants.flatMap(variant => loads.map(load => ({ variant, utilisation: load / 100 })))
}

async function measureAll(
  cases: readonly StationCase[],
  seeds: number,
  durationSeconds: number,
  progress: (text: string) => void,
): Promise<{ runs: StationRun[]; repeated: StationRun[] }> {
  const stop = stopSignal()
  const [runs, repeated]: [StationRun[], StationRun[]] = [[], []]
  const wanted = cases.length * seeds
  for (let at = 0; at < wanted && !stop.aborted; at++) {
    const one = cases[Math.floor(at / seeds)]!
    const length = { duration: `${durationSeconds}s` }
    const options = { seed: (at % seeds) + 1, length, stop, note: progress }
    let run = await measure(one, options)
    for (let again = 0; again < REPEATS && run.invalid.length > 0 && !stop.aborted; again++) {
      progress(invalidText([run]))
      repeated.push(run)
      run = await measure(one, options)
    }
    if (run.requests === 0) break
    runs.push(run)
    const { live, replayed } = run.meansMs
    progress(
      `${at + 1} of ${wanted}: ${run.variant} at ${run.utilisation}, seed ${run.seed}: ` +
        `live ${live.toFixed(3)} ms, replay ${replayed.toFixed(3)} ms, ${(run.emulationError * 100).toFixed(2)} %`,
    )
  }
  return { runs, repeated }
}

function report(result: StationsResult, json: boolean): void {
  const file = writeResult('stations', result)
  const { runs, repeated, plan, environment: machine } = result
  const blocks = [
    `${plan.durationSeconds} s a run; Node ${machine.node}; ${machine.cores} × ${machine.cpu}`,
    ...(runs.length > 0 ? [runsText(runs), casesText(runs)] : ['nothing was measured']),
    repeated.length > 0 ? `${repeated.length} invalid runs were made again` : '',
    invalidText(runs),
    `result: ${file}`,
  ]
  const text = `\n${blocks.filter(block => block !== '').join('\n\n')}\n`
  process.stderr.write(json ? text : '')
  process.stdout.write(json ? `${JSON.stringify(result)}\n` : text)
}
