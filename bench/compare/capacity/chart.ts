import { uslThroughput } from '../../model/solvers/usl.ts'
import { linearScale } from '../../report/charts/scale.ts'
import { number } from '../../report/format.ts'
import { type Html, html } from '../../report/html.ts'
import type { Scaling } from './scaling.ts'

const EDGE = { left: 76, right: 20, top: 14, bottom: 42 }
const [WIDTH, HEIGHT] = [960, 340]
/** Places at which the curve is drawn. */
const STEPS = 100

/** Measured points, the law fitted to them, and what as many times the first point would be. */
export function scalingChart(id: string, title: string, { points, fit }: Scaling, over: string): Html {
  const largest = Math.max(1, ...points.map(({ n }) => n))
  const most = Math.max(1e-9, ...points.map(({ perSecond }) => perSecond))
  const x = linearScale(largest, [EDGE.left, WIDTH - EDGE.right])
  const y = linearScale(most * 1.1, [HEIGHT - EDGE.bottom, EDGE.top])
  const rows = y.ticks.map(value => {
    const at = round(y.at(value))
    return html`<path class="grid" d="M${EDGE.left} ${at}H${WIDTH - EDGE.right}" /><text class="tick end" x="${EDGE.left - 8}" y="${at + 4}">${number(value)}/s</text>\n`
  })
  const columns = x.ticks.map(value => {
    const at = round(x.at(value))
    return html`<path class="grid" d="M${at} ${EDGE.top}V${HEIGHT - EDGE.bottom}" /><text class="tick middle" x="${at}" y="${HEIGHT - EDGE.bottom + 18}">${number(value)}</text>\n`
  })
  const places = Array.from({ length: STEPS + 1 }, (_, at) => 1 + ((largest - 1) * at) / STEPS)
  const path = (value: (n: number) => number): string =>
    places
      .map(n => ({ n, perSecond: value(n) }))
      .filter(({ perSecond }) => perSecond <= most * 1.1)
      .map(({ n, perSecond }) => `${round(x.at(n))} ${round(y.at(perSecond))}`)
      .join('L')
  const [first] = points
  const straight = first ? path(n => (first.perSecond / first.n) * n) : ''
  const marks = points.map(
    ({ n, perSecond }) =>
      html`<circle class="curve-end one" cx="${round(x.at(n))}" cy="${round(y.at(perSecond))}" r="4" />\n`,
  )
  return html`<svg class="curves" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" aria-labelledby="${id}-title">
<title id="${id}-title">${title}</title>
${rows}${columns}${straight !== '' && html`<path class="zero" d="M${straight}" />`}${fit && html`<path class="curve two" d="M${path(n => uslThroughput(fit, n))}" />`}${marks}
<text class="axis middle" x="${round((EDGE.left + WIDTH - EDGE.right) / 2)}" y="${HEIGHT - 6}">${over}</text>
</svg>`
}

const round = (value: number): number => Math.round(value * 10) / 10
