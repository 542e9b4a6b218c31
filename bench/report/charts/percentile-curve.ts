import type { Percentiles } from '../../load/result.ts'
import { number } from '../format.ts'
import { type Html, html } from '../html.ts'
import { linearScale, logScale, needsLog } from './scale.ts'

/** A curve of the chart. */
export interface Curve {
  readonly label: string
  /** Class of its line in the style sheet. */
  readonly className: string
  readonly of: Percentiles
}

export interface CurveFrame {
  readonly id: string
  readonly className: string
  readonly width: number
  readonly height: number
  readonly title: string
  readonly description: string
}

const EDGE = { left: 62, right: 16, top: 14, bottom: 42 }

/** Whether the curves are drawn on a logarithmic axis of time. */
export const curveNeedsLog = (curves: readonly Curve[]): boolean =>
  needsLog(curves.flatMap(curve => [curve.of.p50, curve.of.max, curve.of.min]))

/**
 * Quantiles on the axis 1/(1 - share), as HdrHistogram (G. Tene) draws them: each labelled step to the right leaves out ten
 * times more of the fast requests. Points are recorded values; lines only join them. The highest value, whose share is 1,
 * stands at twice the number of values, where the next point would be.
 */
export function percentileCurve(curves: readonly Curve[], frame: CurveFrame): Html {
  const { id, width, height, className } = frame
  const points = curves.map(({ of }) => of.curve.map(([share, value]) => ({ x: inverse(share, of.count), value })))
  const all = points.flat()
  const values = all.map(point => point.value)
  const vertical: readonly [number, number] = [height - EDGE.bottom, EDGE.top]
  const max = Math.max(...values)
  const y = curveNeedsLog(curves) ? logScale(Math.min(...values), max, vertical) : linearScale(max, vertical)
  const xMax = Math.max(10, ...all.map(point => point.x))
  const x = (value: number): number => EDGE.left + (Math.log(value) / Math.log(xMax)) * (width - EDGE.left - EDGE.right)
  const shares = [
    0,
    0.5,
    ...Array.from({ length: Math.floor(Math.log10(xMax) + 1e-9) }, (_, at) => 1 - 10 ** -(at + 1)),
  ]

  const rows = y.ticks.map(value => {
    const at = round(y.at(value))
    return html`<path class="grid" d="M${EDGE.left} ${at}H${width - EDGE.right}" /><text class="tick end" x="${EDGE.left - 8}" y="${round(at + 4)}">${number(value)}\u00a0ms</text>\n`
  })
  const columns = shares.map((share, index) => {
    const at = round(x(1 / (1 - share)))
    // In a narrow frame the median stands too close to the beginning.
    const label = (index !== 1 || at - EDGE.left > 38) && shareText(share)
    return html`<path class="grid" d="M${at} ${EDGE.top}V${height - EDGE.bottom}" /><text class="tick middle" x="${at}" y="${height - EDGE.bottom + 18}">${label}</text>\n`
  })
  const lines = points.map((list, at) => {
    const path = list.map(point => `${round(x(point.x))} ${round(y.at(point.value))}`).join('L')
    const last = list.at(-1)
    return html`<path class="curve ${curves[at]!.className}" d="M${path}" />${last && html`<circle class="curve-end ${curves[at]!.className}" cx="${round(x(last.x))}" cy="${round(y.at(last.value))}" r="3" />`}\n`
  })
  return html`<svg class="curves ${className}" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="${id}-title ${id}-description">
<title id="${id}-title">${frame.title}</title>
<desc id="${id}-description">${frame.description}</desc>
${rows}${columns}${lines}<text class="axis middle" x="${round((EDGE.left + width - EDGE.right) / 2)}" y="${height - 6}">share of requests that were at least as fast</text>
</svg>`
}

/** 1/(1 - share); of the highest value twice the count. */
const inverse = (share: number, count: number): number => (share < 1 ? Math.min(1 / (1 - share), 2 * count) : 2 * count)

/** `0 %`, `90 %`, `99.9 %`: as many nines as there are. */
const shareText = (share: number): string => `${Number((share * 100).toPrecision(12))}\u00a0%`

const round = (value: number): number => Math.round(value * 10) / 10
