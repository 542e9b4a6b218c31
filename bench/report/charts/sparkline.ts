import { type Html, html } from '../html.ts'
import { chunks, highest } from '../reading/steps.ts'

const SIZE = { width: 190, height: 36 }
/** Two values for three pixels are all that can be seen. */
const POINTS_MAX = 126

/** A curve of a small chart. */
export interface SparkSeries {
  readonly values: readonly (number | null)[]
  /** Only its area, so that nothing is drawn where it is zero. */
  readonly bare?: true
  /** Class of its line and area in the style sheet. */
  readonly className: string
}

/**
 * A chart without axes, as high as `max`: the figures that matter stand beside it (E. Tufte, "Beautiful Evidence", 2006).
 * Hidden from screen readers, which get those figures. Of neighbouring values that share a pixel the highest is drawn.
 */
export function sparkline(series: readonly SparkSeries[], max: number): Html {
  const drawn = series.map(({ values, className, bare }) => {
    const size = Math.max(1, Math.ceil(values.length / POINTS_MAX))
    const points = chunks(values.length, size).map(([from, to]) => highest(values.slice(from, to)))
    return curveOf(points, max, className, bare)
  })
  const { width, height } = SIZE
  return html`<svg class="spark" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" preserveAspectRatio="none" aria-hidden="true" focusable="false"><path class="grid" d="M0 ${height - 0.5}H${width}" />${drawn}</svg>`
}

/** Area and line of each run of values; a value that is missing leaves a gap. */
function curveOf(points: readonly (number | null)[], max: number, className: string, bare = false): Html[] {
  const step = SIZE.width / Math.max(1, points.length - 1)
  const y = (value: number): number => round(SIZE.height - 1 - (max > 0 ? value / max : 0) * (SIZE.height - 4))
  const runs: string[][] = []
  for (const [at, value] of points.entries()) {
    if (value === null) continue
    if (at === 0 || points[at - 1] === null) runs.push([])
    runs.at(-1)!.push(`${round(at * step)} ${y(value)}`)
  }
  return runs.map(run => {
    const first = run[0]!.split(' ')[0]
    const last = run.at(-1)!.split(' ')[0]
    return html`<path class="spark-area ${className}" d="M${first} ${SIZE.height - 1}L${run.join('L')}L${last} ${SIZE.height - 1}z" />${!bare && html`<path class="spark-line ${className}" d="M${run.join('L')}" />`}`
  })
}

const round = (value: number): number => Math.round(value * 10) / 10
