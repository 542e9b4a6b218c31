import { percent } from '../format.ts'
import { type Html, html } from '../html.ts'
import { CLASS_WORDS, STATUS_CLASSES, type StatusClass, type StatusSums } from '../reading/statuses.ts'

/** What a status class is filled with: a colour and, for trouble, a pattern. */
const FILLS: Readonly<Record<StatusClass, string>> = {
  '2xx': 'fill-ok',
  '3xx': 'fill-moved',
  '4xx': 'fill-refused',
  '5xx': 'fill-failed',
  other: 'fill-failed',
}

/** Definitions of the patterns, once in a page, before anything that is filled with them. */
export function patterns(): Html {
  return html`<svg class="definitions" width="0" height="0" aria-hidden="true" focusable="false"><defs>
<pattern id="hatch-refused" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect class="ground-refused" width="5" height="5" /><rect class="stripe-refused" width="2" height="5" /></pattern>
<pattern id="hatch-failed" width="4" height="4" patternUnits="userSpaceOnUse"><rect class="ground-failed" width="4" height="4" /><rect class="stripe-failed" width="1.5" height="1.5" /><rect class="stripe-failed" x="2" y="2" width="1.5" height="1.5" /></pattern>
</defs></svg>`
}

/** Rectangles that divide a bar among the classes; what there is at all is at least a pixel and a half wide. */
export function barParts(sums: StatusSums, at: { x: number; y: number; width: number; height: number }): Html {
  const present = STATUS_CLASSES.filter(one => sums[one] > 0)
  const least = 1.5
  const room = at.width - present.length * least
  let x = at.x
  const parts = present.map(one => {
    const width = least + (sums[one] / sums.total) * room
    const part = html`<rect class="${FILLS[one]}" x="${round(x)}" y="${round(at.y)}" width="${round(width)}" height="${round(at.height)}" />`
    x += width
    return part
  })
  return html`<rect class="fill-none" x="${round(at.x)}" y="${round(at.y)}" width="${round(at.width)}" height="${round(at.height)}" />${parts}`
}

const BAR = { width: 120, height: 12 }

/** A small bar for a cell of a table; the figures stand beside it. */
export function statusBar(sums: StatusSums): Html {
  return html`<svg class="bar" viewBox="0 0 ${BAR.width} ${BAR.height}" width="${BAR.width}" height="${BAR.height}" role="img" aria-label="${barText(sums)}">${barParts(sums, { x: 0, y: 0, ...BAR })}</svg>`
}

/** `2xx 76.9 %, 4xx 23.1 %`. */
export function barText(sums: StatusSums): string {
  const present = STATUS_CLASSES.filter(one => sums[one] > 0)
  return present.length === 0
    ? 'no replies'
    : present.map(one => `${one} ${percent(sums[one] / sums.total)}`).join(', ')
}

/** What the fills mean, for those that occur. */
export function barLegend(present: readonly StatusClass[]): Html {
  const swatch = (one: StatusClass): Html =>
    html`<svg width="18" height="12" viewBox="0 0 18 12" aria-hidden="true" focusable="false"><rect class="${FILLS[one]}" width="18" height="12" /></svg>`
  const items = present.map(one => html`<li>${swatch(one)} ${one} ${CLASS_WORDS[one]}</li>`)
  return html`<ul class="legend">${items}</ul>`
}

const round = (value: number): string => String(Math.round(value * 10) / 10)
