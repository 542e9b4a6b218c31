import { rate } from '../../report/format.ts'
import { formatTable } from '../../support/table.ts'
import { plain } from '../text.ts'
import type { Scaling } from './scaling.ts'
import type { Capacity } from './search.ts'

/** What a search found, in words. */
export function capacitySentence({ perSecond, between, end }: Capacity): string {
  if (perSecond === null) return 'No rate that was tried meets the expectations: it is not the rate that they fail for.'
  const [sure, hopeless] = between
  const range =
    sure === null || hopeless === null
      ? 'Its limits were not reached.'
      : `Up to ${rate(sure)} every run met them, from ${rate(hopeless)} on none did.`
  const early = end === 'found' ? '' : ` at least: the search ended ${end === 'stopped' ? 'early' : end}`
  return `The expectations hold up to ${rate(perSecond)}${early}. ${range}`
}

/** What a search found, for a terminal. */
export function capacityText(capacity: Capacity, expectations: readonly string[]): string {
  const rows = capacity.probes
    .toSorted((left, right) => left.perSecond - right.perSecond)
    .map(({ perSecond, held, of }) => [plain(rate(perSecond)), `${held} of ${of}`])
  const columns = ['rate', 'runs that met them'].map(title => ({ title, align: 'right' as const }))
  const lines = [
    `expectations: ${expectations.join('; ')}`,
    '',
    formatTable(columns, rows),
    '',
    capacitySentence(capacity),
  ]
  return plain(lines.join('\n'))
}

/** A scaling curve, for a terminal. */
export function scalingText(scaling: Scaling, over: string): string {
  const { points } = scaling
  const [first] = points
  const columns = [over, 'replies per second', 'per one', 'of the first'].map(title => ({
    title,
    align: 'right' as const,
  }))
  const table = formatTable(
    columns,
    points.map(({ n, perSecond }) => [
      String(n),
      perSecond.toFixed(1),
      (perSecond / n).toFixed(1),
      first && first.perSecond > 0 ? `${((100 * (perSecond / n)) / (first.perSecond / first.n)).toFixed(0)} %` : '',
    ]),
  )
  return `${table}\n\n${fitSentences(scaling, over).join('\n')}`
}

/** What the fitted law says, in sentences. */
export function fitSentences({ fit }: Scaling, over: string): string[] {
  if (!fit) return ['A Universal Scalability Law needs three sizes.']
  const { gamma, sigma, kappa, standardErrors, peak, rSquared } = fit
  const told = (value: number, error: number | null): string =>
    `${value.toPrecision(3)}${error === null ? '' : ` ± ${error.toPrecision(2)}`}`
  return [
    'Universal Scalability Law, least squares, with standard errors:',
    `one can do γ = ${told(gamma, standardErrors.gamma)}/s; contention σ = ${told(sigma, standardErrors.sigma)}; coherence κ = ${told(kappa, standardErrors.kappa)}.`,
    `It explains ${(100 * rSquared).toFixed(1)} % of the variance. ${Number.isFinite(peak) ? `Throughput is largest at ${over} = ${peak.toFixed(0)}.` : 'It never falls.'}`,
  ]
}
