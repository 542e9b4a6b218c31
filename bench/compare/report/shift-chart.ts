import { type Html, html } from '../../report/html.ts'
import type { QuantileShift } from '../result.ts'
import { ratioAxis, round } from './ratio-axis.ts'

const EDGE = { left: 76, right: 20, top: 14, bottom: 42 }
const [WIDTH, HEIGHT] = [960, 320]

/** How much slower or quicker an arm is at each percentile, with the interval of each as a band. */
export function shiftChart(id: string, title: string, shifts: readonly QuantileShift[]): Html {
  const axis = ratioAxis(
    shifts.flatMap(({ ratio }) => [ratio.value, ...(ratio.interval ?? [])]),
    [HEIGHT - EDGE.bottom, EDGE.top],
  )
  const place = (at: number): number =>
    round(EDGE.left + (at / Math.max(1, shifts.length - 1)) * (WIDTH - EDGE.left - EDGE.right))
  const rows = axis.ticks.map(({ ratio, text }) => {
    const y = round(axis.at(ratio))
    return html`<path class="grid" d="M${EDGE.left} ${y}H${WIDTH - EDGE.right}" /><text class="tick end" x="${EDGE.left - 8}" y="${y + 4}">${text}</text>\n`
  })
  const columns = shifts.map(({ share }, at) => {
    const text = `p${Number((100 * share).toPrecision(4))}`
    return html`<path class="grid" d="M${place(at)} ${EDGE.top}V${HEIGHT - EDGE.bottom}" /><text class="tick middle" x="${place(at)}" y="${HEIGHT - EDGE.bottom + 18}">${text}</text>\n`
  })
  const point = (ratio: number, at: number): string => `${place(at)} ${round(axis.at(ratio))}`
  const upper = shifts.map(({ ratio }, at) => point(ratio.interval?.[1] ?? ratio.value, at))
  const lower = shifts.map(({ ratio }, at) => point(ratio.interval?.[0] ?? ratio.value, at)).reverse()
  const middle = shifts.map(({ ratio }, at) => point(ratio.value, at))
  const same = round(axis.at(1))
  return html`<svg class="curves" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" aria-labelledby="${id}-title">
<title id="${id}-title">${title}</title>
${rows}${columns}<path class="uncertainty" d="M${[...upper, ...lower].join('L')}Z" /><path class="zero" d="M${EDGE.left} ${same}H${WIDTH - EDGE.right}" />
<path class="curve one" d="M${middle.join('L')}" />
<text class="axis middle" x="${round((EDGE.left + WIDTH - EDGE.right) / 2)}" y="${HEIGHT - 6}">percentile of latency</text>
</svg>`
}
