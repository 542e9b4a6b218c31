import { type Html, html } from '../../report/html.ts'
import { ratioAxis, round } from './ratio-axis.ts'

/** One line of the plot: a ratio with its interval, and what was found. */
export interface Effect {
  readonly label: string
  readonly verdict: string
  readonly ratio: number
  readonly interval: readonly [number, number] | null
  /** Ratios within 1/margin to margin do not matter. */
  readonly margin: number
}

const ROW = 30
const EDGE = { left: 190, right: 20, top: 8, bottom: 40 }
const WIDTH = 960

/** Estimates and intervals of ratios below each other: a forest plot. The band is the margin within which nothing matters. */
export function effectPlot(id: string, title: string, effects: readonly Effect[]): Html {
  const height = EDGE.top + ROW * effects.length + EDGE.bottom
  const axis = ratioAxis(
    effects.flatMap(({ ratio, interval, margin }) => [ratio, margin, 1 / margin, ...(interval ?? [])]),
    [EDGE.left, WIDTH - EDGE.right],
  )
  const columns = axis.ticks.map(({ ratio, text }) => {
    const x = round(axis.at(ratio))
    return html`<path class="grid" d="M${x} ${EDGE.top}V${height - EDGE.bottom}" /><text class="tick middle" x="${x}" y="${height - EDGE.bottom + 18}">${text}</text>\n`
  })
  const rows = effects.map(({ label, verdict, ratio, interval, margin }, at) => {
    const y = EDGE.top + ROW * (at + 0.5)
    const [low, high] = interval ?? [ratio, ratio]
    const [from, to] = [axis.at(1 / margin), axis.at(margin)]
    return html`<g class="effect ${verdict}"><rect class="margin-band" x="${round(from)}" y="${y - ROW / 2}" width="${round(to - from)}" height="${ROW}" />
<text class="effect-label end" x="${EDGE.left - 12}" y="${y + 4}">${label}</text>
<path class="effect-line" d="M${round(axis.at(low))} ${y}H${round(axis.at(high))}" /><circle class="effect-point" cx="${round(axis.at(ratio))}" cy="${y}" r="5" /></g>\n`
  })
  const zero = round(axis.at(1))
  return html`<svg class="curves" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-labelledby="${id}-title">
<title id="${id}-title">${title}</title>
${columns}${rows}<path class="zero" d="M${zero} ${EDGE.top}V${height - EDGE.bottom}" />
<text class="axis middle" x="${round((EDGE.left + WIDTH - EDGE.right) / 2)}" y="${height - 6}">change, logarithmic; the grey band does not matter</text>
</svg>`
}
