import { benchCommand } from '../support/bench-command.ts'
import { type Option, UsageError } from '../support/options.ts'
import { installPeers } from '../support/peers.ts'
import { type Environment, environment, writeResult } from '../support/results.ts'
import { cases } from './cases.ts'
import { ACCEPT_A_JOB } from './jobs.ts'
import { measureGroup, type StoresMeasured, type StoresPlan } from './measure.ts'
import { formatStores, type StoresRow, summariseStores } from './report.ts'

const OPTIONS = {
  concurrency: { type: 'integer', doc: 'Operations under way at once.', default: 64, min: 1, max: 10_000 },
  duration: {
    type: 'integer',
    doc: 'Milliseconds a case is measured in a round.',
    default: 1000,
    min: 10,
    max: 600_000,
  },
  warmup: { type: 'integer', doc: 'Milliseconds of load before each measurement.', default: 500, min: 0, max: 600_000 },
  rounds: { type: 'integer', doc: 'Rounds; each measures every case once.', default: 5, min: 1, max: 100 },
  only: { type: 'words', doc: 'Only operations whose name has one of these words: cache, record, read.' },
  json: { type: 'flag', doc: 'Print the result as JSON on stdout, everything else on stderr.' },
  help: { type: 'flag', doc: 'Print this.' },
} as const satisfies Record<string, Option>

const ABOUT = `Measures operations on stores through the lab's components, beside the bare drivers of the same stores.
Servers are found at REDIS_URL, POSTGRES_URL and AMQP_URL; those that are not there are left out. BullMQ is measured on
Redis servers of its own.
Exit codes: 0 done; 2 wrong usage; 3 an operation went wrong.`

/** The content of `result.json`. */
interface StoresResult {
  readonly benchmark: 'stores'
  readonly environment: Environment
  readonly plan: StoresPlan
  readonly rows: readonly (StoresRow & { readonly samples: readonly number[] })[]
}

process.exitCode = await main(process.argv.slice(2))

function main(args: readonly string[]): Promise<number> {
  const usage = { command: 'npm run bench:stores -- [options]', about: ABOUT, options: OPTIONS }
  return benchCommand(usage, args, async (options, progress) => {
    const plan: StoresPlan = {
      concurrency: options.concurrency,
      durationMs: options.duration,
      warmupMs: options.warmup,
      rounds: options.rounds,
    }
    const began = environment()
    report(began, plan, await measure(plan, options.only, progress), options.json)
    return 0
  })
}

async function measure(
  plan: StoresPlan,
  only: readonly string[],
  progress: (text: string) => void,
): Promise<StoresMeasured[]> {
  const wanted = cases.filter(({ group }) => only.length === 0 || only.some(word => group.includes(word)))
  if (wanted.length === 0) throw new UsageError(`no operation has a name with ${only.join(' or ')}`)
  if (wanted.some(({ group }) => group === ACCEPT_A_JOB)) installPeers()
  const minutes = (wanted.length * plan.rounds * (plan.durationMs + plan.warmupMs)) / 60_000
  progress(`${wanted.length} cases, ${plan.rounds} rounds: ${minutes.toFixed(1)} minutes of load`)
  const measured: StoresMeasured[] = []
  for (const group of Map.groupBy(wanted, one => one.group).values()) {
    measured.push(...(await measureGroup(group, plan, progress)))
  }
  return measured
}

function report(began: Environment, plan: StoresPlan, measured: readonly StoresMeasured[], json: boolean): void {
  const rows = summariseStores(measured)
  const result: StoresResult = {
    benchmark: 'stores',
    environment: began,
    plan,
    rows: rows.map((row, index) => ({ ...row, samples: measured[index]!.perSecond })),
  }
  const file = writeResult('bench-stores', result)
  const text = `
${plan.concurrency} operations at once, ${plan.rounds} rounds of ${plan.durationMs} ms after ${plan.warmupMs} ms warm-up; Node ${began.node}; ${began.cores} × ${began.cpu}

${formatStores(rows)}result: ${file}
`
  process.stderr.write(json ? text : '')
  process.stdout.write(json ? `${JSON.stringify(result)}\n` : text)
}
