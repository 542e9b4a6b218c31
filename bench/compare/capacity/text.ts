import { rate } from '../../report/format.ts'
import { formatTable } from '../../support/table.ts'
import { plain } from '../text.ts'
import type { Scaling } from './scaling.ts'
import type { Capacity } from './search.ts'

/** What a search found, for a terminal. */
export function capacityText({ perSecond, between, probes, end }: Capacity, expectations: readonly string[]): string {
  const [sure, hopeless] = between
  const rows = probes
    .toSorted((left, right) => left.perSecond - right.perSecond)
    .map(({ perSecond: tried, held, of }) => [rate(tried), `${held} of ${of}`])
  const range =
    sure === null || hopeless === null
      ? 'Its limits were not reached.'
      : `Up to ${rate(sure)} every run met them, from ${rate(hopeless)} on none did.`
  const found =
    perSecond === null
      ? 'No rate that was tried meets the expectations: it is not the rate that they fail for.'
      : `The expectations hold up to ${rate(perSecond)}${end === 'found' ? '' : ` at least: the search ended ${end === 'stopped' ? 'by hand' : end}`}. ${range}`
  return [
    `expectations: ${expectations.join('; ')}`,
    '',
    formatTable(
      [
        { title: 'rate', align: 'right' },
        { title: 'runs that met them', align: 'right' },
      ],
      rows.map(row => row.map(plain)),
    ),
    '',
    plain(found),
  ].join('\n')
}

/** A scaling curve, for a terminal. */
export function scalingText({ points, fit }: Scaling, what: string): string {
  const one = points[0]
  const table = formatTable(
    [
      { title: what, align: 'right' },
      { title: 'replies per second', align: 'right' },
      { title: 'per one', align: 'right' },
      { title: 'of the first', align: 'right' },
    ],
    points.map(({ n, perSecond }) => [
      String(n),
      perSecond.toFixed(1),
      (perSecond / n).toFixed(1),
      one ? `${((100 * (perSecond / n)) / (one.perSecond / one.n)).toFixed(0)} %` : '',
    ]),
  )
  if (!fit) return `${table}\n\nA Universal Scalability Law needs three sizes.`
  const { gamma, sigma, kappa, standardErrors, peak, rSquared } = fit
  const withError = (value: number, error: number | null): string =>
    `${value.toPrecision(3)}${error === null ? '' : ` ± ${error.toPrecision(2)}`}`
  const end = Number.isFinite(peak) ? `Throughput is largest at ${what} = ${peak.toFixed(0)}.` : 'It never falls.'
  return `${table}

Universal Scalability Law, least squares, each with its standard error:
  one can do      γ = ${withError(gamma, standardErrors.gamma)}/s
  contention      σ = ${withError(sigma, standardErrors.sigma)}
  coherence       κ = ${withError(kappa, standardErrors.kappa)}
It explains ${(100 * rSquared).toFixed(1)} % of the variance. ${end}`
}
