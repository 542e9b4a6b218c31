import { benchCommand } from '../support/bench-command.ts'
import type { Option } from '../support/options.ts'
import { formatTable } from '../support/table.ts'
import { CASES, type TheoryCase } from './cases.ts'
import { covers, estimateOf, simulatorOf } from './simulate-case.ts'

/** Of 100 intervals of 95 % so many have to hold the true value: fewer come in one of 15,000 times by chance. */
const ENOUGH = 0.85

const OPTIONS = {
  seeds: { type: 'integer', doc: 'Runs of each case, with seeds from 1 on.', default: 100, min: 1, max: 10_000 },
  only: { type: 'words', doc: 'Cases whose name has one of these words; all by default.', default: [] },
  json: { type: 'flag', doc: 'Print the result as JSON on stdout, everything else on stderr.' },
  help: { type: 'flag', doc: 'Print this.' },
} as const satisfies Record<string, Option>

const ABOUT = `Simulates systems whose theory is exact, and counts how often the confidence interval that a run gives of itself (95 %,
batch means) holds what theory says.
Exit codes: 0 at least ${ENOUGH * 100} % of the intervals of every case do, 1 not, 2 wrong usage.`

/** What came of a case. */
interface Coverage {
  readonly name: string
  readonly source: string
  readonly theory: number
  /** Mean over the runs, and half of its interval as a share of it, on average. */
  readonly mean: number
  readonly precision: number
  readonly covered: number
  readonly runs: number
}

async function coverageOf(one: TheoryCase, seeds: number): Promise<Coverage> {
  const { replications } = await (await simulatorOf(one))(1, seeds)
  let [covered, total, width] = [0, 0, 0]
  for (const run of replications) {
    const estimate = estimateOf(one, run)
    if (covers(estimate, one.theory)) covered += 1
    total += estimate.value
    width += estimate.interval ? (estimate.interval.high - estimate.interval.low) / 2 / estimate.value : 0
  }
  const { name, source, theory } = one
  return { name, source, theory, mean: total / seeds, precision: width / seeds, covered, runs: seeds }
}

function text(rows: readonly Coverage[]): string {
  const right = (title: string) => ({ title, align: 'right' as const })
  return formatTable(
    [{ title: 'case' }, right('theory'), right('mean'), right('±'), right('covered'), { title: 'source' }],
    rows.map(({ name, source, theory, mean, precision, covered, runs }) => [
      name,
      theory.toPrecision(5),
      mean.toPrecision(5),
      `${(precision * 100).toFixed(1)} %`,
      `${covered} of ${runs}`,
      source,
    ]),
  )
}

const usage = { command: 'npm run simulate:coverage -- [options]', about: ABOUT, options: OPTIONS }
process.exitCode = await benchCommand(usage, process.argv.slice(2), async (options, progress) => {
  const chosen = CASES.filter(({ name }) => options.only.length === 0 || options.only.some(word => name.includes(word)))
  const rows: Coverage[] = []
  for (const one of chosen) {
    const row = await coverageOf(one, options.seeds)
    progress(`${row.name}: ${row.covered} of ${row.runs}`)
    rows.push(row)
  }
  process.stdout.write(options.json ? `${JSON.stringify(rows)}\n` : `${text(rows)}\n`)
  return rows.every(({ covered, runs }) => covered >= ENOUGH * runs) ? 0 : 1
})
