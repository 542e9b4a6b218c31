import { type Box, endsOfLines, type Line, type Placement, type Point, place } from '@archlab/runtime/graph'
import { type Html, html } from '../html.ts'
import type { LabTopology } from '../reading/lab-topology.ts'
import { type BoxText, drawBox, type Shape, sizeOf } from './component-box.ts'

/** Components that are drawn at most: nobody can read more in a picture of this size. */
export const DRAWN_MAX = 120
const MARGIN = 2
/** Wider pictures are not made smaller to fit the page, which would make them unreadable: they scroll. */
const FITTED_MAX = { wide: 1400, tall: 480 }

/** How a picture is called and described, for those who do not see it. */
export interface PictureWords {
  readonly id: string
  readonly title: string
  readonly description: string
}

/** The topology with what went wrong in each component; `null` when there is too much of it for a picture. */
export function topologyPicture(
  topology: LabTopology,
  texts: ReadonlyMap<string, BoxText>,
  shape: Shape,
  words: PictureWords,
): Html | null {
  const { graph } = topology
  if (graph.nodes.length > DRAWN_MAX) return null
  const sizes = new Map(graph.nodes.map(({ name }) => [name, sizeOf(texts.get(name)!, shape)]))
  // The layout goes from left to right; for the tall shape it is turned, so it is handed boxes that are turned too.
  const boxes = graph.nodes.map(({ name }): Box => {
    const { width, height } = sizes.get(name)!
    return shape === 'wide' ? { id: name, width, height } : { id: name, width: height, height: width }
  })
  const lines = linesOf(topology)
  const placement = place(
    boxes,
    lines.map(one => one.line),
  )
  if (!placement) return null
  const ends = endsOfLines(
    lines.map(one => one.line),
    placement,
    new Map(boxes.map(box => [box.id, box])),
  )
  const turn = (point: Point): Point =>
    shape === 'wide' ? { x: point.x + MARGIN, y: point.y + MARGIN } : { x: point.y + MARGIN, y: point.x + MARGIN }
  const { x: width, y: height } = turn({ x: placement.width + MARGIN, y: placement.height + MARGIN })
  const tip = `${words.id}-tip`
  return html`<svg class="topology ${shape}${width <= FITTED_MAX[shape] && ' fits'}" viewBox="0 0 ${round(width)} ${round(height)}" width="${round(width)}" height="${round(height)}" role="img" aria-labelledby="${words.id}-title ${words.id}-description">
<title id="${words.id}-title">${words.title}</title>
<desc id="${words.id}-description">${words.description}</desc>
<defs><marker id="${tip}" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="6" markerHeight="6" orient="auto"><path class="tip" d="M0 1L10 5L0 9z" /></marker></defs>
${lines.map(({ line, asked }) => drawLine(pathOf(line, placement, ends), turn, shape, asked, tip))}
${graph.nodes.map(({ name }) => drawBox(texts.get(name)!, sizes.get(name)!, turn(placement.boxes.get(name)!), shape))}
</svg>`
}

/** One line for each pair of components; `asked` where only a tactic asks the other one. */
function linesOf({ graph }: LabTopology): { line: Line; asked: boolean }[] {
  const found = new Map<string, { line: Line; asked: boolean }>()
  for (const { from, to, type } of graph.edges) {
    const key = JSON.stringify([from, to])
    const asked = type === 'tactic' && (found.get(key)?.asked ?? true)
    found.set(key, { line: { id: key, from, to, labelWidth: 0, labelHeight: 0 }, asked })
  }
  return [...found.values()]
}

function pathOf(
  { id }: Line,
  placement: Placement,
  ends: ReadonlyMap<string, { readonly start: Point; readonly end: Point }>,
): Point[] {
  const { start, end } = ends.get(id)!
  return [start, ...placement.lines.get(id)!.points.slice(1, -1), end]
}

/** A smooth line that leaves, passes and enters along the direction of the layout. */
function drawLine(
  points: readonly Point[],
  turn: (point: Point) => Point,
  shape: Shape,
  asked: boolean,
  tip: string,
): Html {
  const [first, ...others] = points.map(turn) as [Point, ...Point[]]
  let before = first
  const curves = others.map(point => {
    const middle = { x: (before.x + point.x) / 2, y: (before.y + point.y) / 2 }
    const [one, two] =
      shape === 'wide'
        ? [
            { x: middle.x, y: before.y },
            { x: middle.x, y: point.y },
          ]
        : [
            { x: before.x, y: middle.y },
            { x: point.x, y: middle.y },
          ]
    before = point
    return `C${at(one)} ${at(two)} ${at(point)}`
  })
  return html`<path class="line${asked && ' asked'}" d="M${at(first)}${curves.join('')}" marker-end="url(#${tip})" />\n`
}

const round = (value: number): number => Math.round(value * 10) / 10
const at = ({ x, y }: Point): string => `${round(x)} ${round(y)}`
