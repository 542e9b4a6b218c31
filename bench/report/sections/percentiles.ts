import type { LoadResult, Percentiles } from '../../load/result.ts'
import { type Curve, curveNeedsLog, percentileCurve } from '../charts/percentile-curve.ts'
import { count, duration, fixed } from '../format.ts'
import { type Html, html } from '../html.ts'
import type { Section } from '../parts/section.ts'
import { figuresOf, table } from '../parts/table.ts'

/** The whole distribution of latency and service time. */
export function percentilesSection({ totals: { latency, service } }: LoadResult): Section {
  const curves: Curve[] = [
    { label: 'latency, from the intended start', className: 'one', of: latency },
    { label: 'service, from the send', className: 'two', of: service },
  ].filter(curve => curve.of.curve.length > 0)
  return {
    id: 'percentile-curve',
    title: 'Percentile curve',
    short: 'Percentile curve',
    lead: [
      'How slow were the slowest? Every step to the right looks at a tenth as many requests: the slowest tenth, hundredth, ',
      'thousandth. Where the two curves part, requests waited before they could be sent.',
    ],
    body:
      curves.length === 0
        ? html`<p>No request got a reply after the warm-up.</p>`
        : [
            pictures(curves),
            figuresOf(
              'The figures of this chart',
              curves.map(({ label, className, of }) => curveTable(`curve-${className}`, label, of)),
              true,
            ),
          ],
  }
}

function pictures(curves: readonly Curve[]): Html {
  const title = `Percentiles of ${curves.map(curve => curve.label).join(', and of ')}`
  const description = curves
    .map(({ label, of }) => {
      const { p50, p99, p999, max } = of
      return `${label}: median ${duration(p50)}, p99 ${duration(p99)}, p99.9 ${duration(p999)}, highest ${duration(max)}.`
    })
    .join(' ')
  const keys = curves.map(
    ({ label, className }) =>
      html`<li><svg width="26" height="10" viewBox="0 0 26 10" aria-hidden="true" focusable="false"><path class="curve ${className}" d="M1 5h24" /></svg> ${label}</li>`,
  )
  const words = { title, description }
  return html`<figure class="chart">
<figcaption><span class="chart-title">Time by percentile${curveNeedsLog(curves) && ', logarithmic axis'}</span><ul class="legend">${keys}</ul></figcaption>
${percentileCurve(curves, { ...words, id: 'curve-wide', className: 'wide', width: 960, height: 340 })}
${percentileCurve(curves, { ...words, id: 'curve-narrow', className: 'narrow', width: 356, height: 300 })}
</figure>`
}

function curveTable(id: string, label: string, of: Percentiles): Html {
  // As many digits as it takes to tell the last value from the last but one.
  const digits = Math.min(8, Math.max(1, Math.ceil(Math.log10(of.count)) - 1))
  return table<readonly [number, number, number]>({
    id,
    caption: `Recorded values of ${label}`,
    long: true,
    columns: [
      { heading: 'Percentile', numeric: true, cell: ([share]) => `${(share * 100).toFixed(digits)}\u00a0%` },
      { heading: 'Milliseconds', numeric: true, cell: ([, value]) => fixed(value, 3) },
      { heading: 'Values up to it', numeric: true, cell: ([, , upTo]) => count(upTo) },
    ],
    rows: of.curve,
  })
}
