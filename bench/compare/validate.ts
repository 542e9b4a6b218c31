import { benchCommand } from '../support/bench-command.ts'
import type { Option } from '../support/options.ts'
import { formatTable } from '../support/table.ts'
import { broken, type Claims, claimsAt, type Share } from './validate/claims.ts'

const OPTIONS = {
  experiments: { type: 'integer', doc: 'Experiments of a variant against itself.', default: 1000, min: 100, max: 1e6 },
  planted: { type: 'integer', doc: 'Experiments with each planted change.', default: 200, min: 20, max: 1e6 },
  json: { type: 'flag', doc: 'Print the result as JSON on stdout, everything else on stderr.' },
  help: { type: 'flag', doc: 'Print this.' },
} as const satisfies Record<string, Option>

const ABOUT = `Simulates experiments whose truth is known, to see whether the verdicts of archlab compare are what they claim: each
run is the p95 of an M/M/1 queue over 50 relaxation times, both arms of a block share their arrivals.
Exit codes: 0 every claim holds; 1 one does not; 2 wrong usage.`

const LOADS = [0.5, 0.8, 0.9]

process.exitCode = await benchCommand(
  { command: 'node bench/compare/validate.ts [options]', about: ABOUT, options: OPTIONS },
  process.argv.slice(2),
  async ({ experiments, planted, json }, progress) => {
    const claims = LOADS.map(load => claimsAt(load, { experiments, planted }, progress))
    const failures = claims.flatMap(broken)
    if (json) process.stdout.write(`${JSON.stringify({ experiments, planted, claims, failures })}\n`)
    else process.stdout.write(`${text(claims)}\n\n${failures.join('\n') || 'Every claim holds.'}\n`)
    return failures.length > 0 ? 1 : 0
  },
)

function text(claims: readonly Claims[]): string {
  const percent = ({ times, of }: Share): string => `${((100 * times) / of).toFixed(1)} %`
  const titles = [
    'load',
    'false positives',
    'covered',
    'false positives, auto',
    '+10 % found',
    'runs',
    '+1 % equivalent',
    'runs',
  ]
  return formatTable(
    titles.map(title => ({ title, align: 'right' })),
    claims.map(one => [
      String(one.load),
      percent(one.falsePositives),
      percent(one.covered),
      percent(one.falsePositivesAuto),
      percent(one.found),
      String(one.runsToFind),
      percent(one.equated),
      String(one.runsToEquate),
    ]),
  )
}
