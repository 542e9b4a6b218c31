import { Graph, layout } from '@dagrejs/dagre'
import type { Box, Line, Placement, Point } from './placement.ts'
import { isTree, placeTree } from './tree-layout.ts'

/** Pixels between boxes of one layer, between lines, and between layers. */
const BOX_GAP = 18
const LINE_GAP = 14
const LAYER_GAP = 52

/**
 * What is drawn at most, unless it is a tree: layers, and points at which lines pass layers. dagre works layer by layer
 * through each of these points, again and again, so its time grows faster than their number; and nobody can read more.
 */
export const LAYERS_MAX = 400
export const POINTS_MAX = 10_000

/**
 * Places a graph without cycles in layers from left to right: a tree by itself, any other with dagre, after Gansner,
 * Koutsofios, North, Vo, "A technique for drawing directed graphs" (1993). The same input gives the same placement. `null`
 * when the graph is beyond `LAYERS_MAX` or `POINTS_MAX`.
 */
export function place(boxes: readonly Box[], lines: readonly Line[]): Placement | null {
  if (isTree(lines)) return placeTree(boxes, lines, { box: BOX_GAP, layer: LAYER_GAP })
  if (isTangled(boxes, lines)) return null
  const graph = new Graph({ multigraph: true })
  graph.setGraph({ rankdir: 'LR', nodesep: BOX_GAP, edgesep: LINE_GAP, ranksep: LAYER_GAP })
  for (const { id, width, height } of boxes) graph.setNode(id, { width, height })
  for (const { id, from, to, labelWidth, labelHeight } of lines) {
    graph.setEdge(from, to, { width: labelWidth, height: labelHeight, labelpos: 'c' }, id)
  }
  layout(graph)
  const { width = 0, height = 0 } = graph.graph() as { width?: number; height?: number }
  return {
    width,
    height,
    boxes: new Map(boxes.map(({ id }) => [id, pointOf(graph.node(id) as Point)])),
    lines: new Map(
      lines.map(({ id, from, to }) => {
        const edge = graph.edge(from, to, id) as { points: Point[]; x?: number; y?: number }
        const middle = edge.points[Math.floor(edge.points.length / 2)]!
        return [id, { points: edge.points.map(pointOf), label: { x: edge.x ?? middle.x, y: edge.y ?? middle.y } }]
      }),
    ),
  }
}

const pointOf = ({ x, y }: Point): Point => ({ x, y })

function isTangled(boxes: readonly Box[], lines: readonly Line[]): boolean {
  const levels = levelsOf(boxes, lines)
  const span = ({ from, to }: Line): number => levels.get(to)! - levels.get(from)!
  // A line passes every layer between its ends, and one for its label between each two.
  const points = lines.reduce((sum, line) => sum + 2 * span(line) - 1, 0)
  return points > POINTS_MAX || Math.max(...levels.values()) >= LAYERS_MAX
}

/** The longest way to each box, in lines. */
function levelsOf(boxes: readonly Box[], lines: readonly Line[]): Map<string, number> {
  const next = new Map<string, string[]>(boxes.map(box => [box.id, []]))
  const waiting = new Map<string, number>(boxes.map(box => [box.id, 0]))
  for (const { from, to } of lines) {
    next.get(from)!.push(to)
    waiting.set(to, waiting.get(to)! + 1)
  }
  const levels = new Map(boxes.map(box => [box.id, 0]))
  const ready = boxes.filter(box => waiting.get(box.id) === 0).map(box => box.id)
  // The list grows while it is walked.
  for (const id of ready) {
    for (const to of next.get(id)!) {
      levels.set(to, Math.max(levels.get(to)!, levels.get(id)! + 1))
      waiting.set(to, waiting.get(to)! - 1)
      if (waiting.get(to) === 0) ready.push(to)
    }
  }
  return levels
}
