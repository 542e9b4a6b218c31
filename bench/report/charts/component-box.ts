import { type Point, textWidth } from '@archlab/runtime/graph'
import { type Content, type Html, html } from '../html.ts'
import { barParts } from '../parts/status-bar.ts'
import type { StatusSums } from '../reading/statuses.ts'

/** `wide`: layers from left to right. `tall`: from top to bottom, with smaller boxes, for narrow screens. */
export type Shape = 'wide' | 'tall'

/** What a box says. */
export interface BoxText {
  readonly name: string
  readonly kind: string
  readonly sums: StatusSums
  /** Replies and what went wrong with them. */
  readonly replies: string
  /** The same in fewer words. */
  readonly short: string
  /** What its tactics and links refused, e.g. `rate-limit refused 401`. */
  readonly refusals: readonly string[]
  /** It refused before all others. */
  readonly first: boolean
  /** What went wrong for the most part, and how much: 0 nothing, 1 up to 5 %, 2 up to a third, 3 more. */
  readonly tone: 'refusing' | 'failing'
  readonly level: 0 | 1 | 2 | 3
}

export interface Size {
  readonly width: number
  readonly height: number
}

interface Row {
  readonly text: string
  readonly className: string
  readonly fontPx: number
  readonly bold?: true
}

const METRICS = {
  wide: { padding: 12, least: 150, name: 14, small: 12, line: 18, bar: 8, characters: 36 },
  tall: { padding: 7, least: 84, name: 11.5, small: 10.5, line: 15, bar: 6, characters: 26 },
} as const
const MARK = 14

function rowsOf(text: BoxText, shape: Shape): { name: Row; above: Row[]; below: Row[] } {
  const { name, small } = METRICS[shape]
  const row = (words: string, className: string): Row => ({ text: cut(words, shape), className, fontPx: small })
  return {
    name: { text: cut(text.name, shape), className: 'box-name', fontPx: name, bold: true },
    above: shape === 'wide' ? [row(text.kind, 'box-kind')] : [],
    below: [
      row(shape === 'wide' ? text.replies : text.short, 'box-replies'),
      ...text.refusals.map((words): Row => ({ ...row(words, 'box-refusal'), bold: true })),
    ],
  }
}

/** Long names would make a picture that nobody can overlook; the tables have them whole. */
function cut(text: string, shape: Shape): string {
  const { characters } = METRICS[shape]
  const all = [...text]
  return all.length > characters ? `${all.slice(0, characters - 1).join('')}…` : text
}

/** Room that a box takes. */
export function sizeOf(text: BoxText, shape: Shape): Size {
  const { padding, least, line, bar } = METRICS[shape]
  const { name, above, below } = rowsOf(text, shape)
  const widths = [name, ...above, ...below].map(
    ({ text: words, fontPx, bold, className }) =>
      textWidth(words, fontPx, bold) + (className === 'box-refusal' ? MARK : 0),
  )
  return {
    width: Math.ceil(Math.max(least, ...widths) + 2 * padding),
    height: 2 * padding + (1 + above.length + below.length) * line + bar + 6,
  }
}

/** The box with its middle at a point. */
export function drawBox(text: BoxText, size: Size, middle: Point, shape: Shape): Html {
  const { padding, line, bar, name: nameSize } = METRICS[shape]
  const { name, above, below } = rowsOf(text, shape)
  const left = middle.x - size.width / 2
  const top = middle.y - size.height / 2
  const inner = { x: left + padding, width: size.width - 2 * padding }
  let y = top + padding + nameSize - 1
  const write = (row: Row): Content => {
    const refuses = row.className === 'box-refusal'
    const words = html`${refuses && triangle(inner.x, y)}<text class="${row.className}" x="${round(inner.x + (refuses ? MARK : 0))}" y="${round(y)}" font-size="${row.fontPx}">${row.text}</text>`
    y += line
    return words
  }
  const head = [name, ...above].map(write)
  const barY = y - line + 7
  y += bar + 6
  return html`<g class="box ${text.tone}-${text.level}${text.first && ' first'}">
<rect class="box-ground" x="${round(left)}" y="${round(top)}" width="${round(size.width)}" height="${round(size.height)}" rx="6" />
${head}${barParts(text.sums, { ...inner, y: barY, height: bar })}${below.map(write)}
</g>\n`
}

const triangle = (x: number, y: number): Html =>
  html`<path class="box-mark" d="M${round(x + 5)} ${round(y - 9)}l5 9h-10z" />`

const round = (value: number): number => Math.round(value * 10) / 10
