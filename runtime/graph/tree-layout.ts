import type { Box, Line, Placement, Point } from './placement.ts'

/** Pixels between boxes of one layer, and between layers besides the room for labels. */
export interface Gaps {
  readonly box: number
  readonly layer: number
}

/** True when no box has lines from two others, and none from itself: a tree, or several. */
export function isTree(lines: readonly Line[]): boolean {
  const froms = new Map<string, string>()
  return lines.every(({ from, to }) => {
    const other = froms.get(to)
    froms.set(to, from)
    return from !== to && (other === undefined || other === from)
  })
}

/**
 * Places a tree, or several, from left to right without a crossing. Layers are as wide as their widest box. Every box has a
 * strip for itself and all that hangs on it; strips lie one below the other in the order of the lines, and a box stands at
 * the middle of its children.
 */
export function placeTree(boxes: readonly Box[], lines: readonly Line[], gaps: Gaps): Placement {
  const tree = new Tree(boxes, lines)
  const columns = columnsOf(tree, gaps)
  const { middles, height } = middlesOf(tree, gaps.box)
  const placed = new Map(
    tree.order.map(id => {
      const left = columns[tree.levels.get(id)!]!.left
      return [id, { x: left + tree.boxes.get(id)!.width / 2, y: middles.get(id)! }]
    }),
  )
  const drawn = tree.order.flatMap(id => linesTo(tree, id, placed, columns[tree.levels.get(id)!]!.labels))
  const last = columns.at(-1)
  return { width: last ? last.left + last.width : 0, height, boxes: placed, lines: new Map(drawn) }
}

class Tree {
  readonly boxes: ReadonlyMap<string, Box>
  /** Lines that lead to each box; all of them from its parent. */
  readonly lines: ReadonlyMap<string, Line[]>
  readonly children: ReadonlyMap<string, string[]>
  readonly roots: readonly string[]
  /** Parents come before children. */
  readonly order: readonly string[]
  /** Distance from the root. */
  readonly levels: ReadonlyMap<string, number>

  constructor(boxes: readonly Box[], lines: readonly Line[]) {
    this.boxes = new Map(boxes.map(box => [box.id, box]))
    this.lines = new Map(boxes.map(box => [box.id, []]))
    this.children = new Map(boxes.map(box => [box.id, []]))
    for (const line of lines) if (this.lines.get(line.to)!.push(line) === 1) this.children.get(line.from)!.push(line.to)
    this.roots = boxes.filter(box => this.lines.get(box.id)!.length === 0).map(box => box.id)
    const levels = new Map(this.roots.map(id => [id, 0]))
    const order = [...this.roots]
    // The list grows while it is walked.
    for (let at = 0; at < order.length; at++) {
      for (const child of this.children.get(order[at]!)!) {
        levels.set(child, levels.get(order[at]!)! + 1)
        order.push(child)
      }
    }
    this.levels = levels
    this.order = order
  }

  /** Height that a box needs, with the labels of the lines to it one below the other. */
  heightOf(id: string): number {
    return Math.max(this.boxes.get(id)!.height, labelsHeight(this.lines.get(id)!))
  }
}

const labelsHeight = (lines: readonly Line[]): number => lines.reduce((sum, line) => sum + line.labelHeight, 0)

interface Column {
  width: number
  left: number
  /** Middle of the labels of the lines that lead to it. */
  labels: number
}

function columnsOf(tree: Tree, gaps: Gaps): Column[] {
  const columns: (Column & { labelWidth: number })[] = []
  for (const id of tree.order) {
    const level = tree.levels.get(id)!
    columns[level] ??= { width: 0, left: 0, labels: 0, labelWidth: 0 }
    const column = columns[level]
    column.width = Math.max(column.width, tree.boxes.get(id)!.width)
    for (const { labelWidth } of tree.lines.get(id)!) column.labelWidth = Math.max(column.labelWidth, labelWidth)
  }
  for (const [level, column] of columns.entries()) {
    const before = columns[level - 1]
    if (!before) continue
    const gap = gaps.layer + column.labelWidth
    column.left = before.left + before.width + gap
    column.labels = column.left - gap / 2
  }
  return columns
}

/** The middle of each box from above, and the height of everything. */
function middlesOf(tree: Tree, gap: number): { middles: ReadonlyMap<string, number>; height: number } {
  const childrenFirst = [...tree.order].reverse()
  const strips = new Map<string, number>()
  const stacked = (ids: readonly string[]): number =>
    ids.reduce((sum, id) => sum + strips.get(id)! + gap, ids.length === 0 ? 0 : -gap)
  for (const id of childrenFirst) strips.set(id, Math.max(tree.heightOf(id), stacked(tree.children.get(id)!)))

  const tops = new Map<string, number>()
  const stack = (ids: readonly string[], from: number): void => {
    let top = from
    for (const id of ids) {
      tops.set(id, top)
      top += strips.get(id)! + gap
    }
  }
  stack(tree.roots, 0)
  for (const id of tree.order) {
    const inner = tree.children.get(id)!
    stack(inner, tops.get(id)! + (strips.get(id)! - stacked(inner)) / 2)
  }

  const middles = new Map<string, number>()
  for (const id of childrenFirst) {
    const inner = tree.children.get(id)!
    const [first, last] = [inner[0], inner.at(-1)]
    const least = tops.get(id)! + tree.heightOf(id) / 2
    const most = tops.get(id)! + strips.get(id)! - tree.heightOf(id) / 2
    const wanted = first === undefined || last === undefined ? least : (middles.get(first)! + middles.get(last)!) / 2
    middles.set(id, Math.min(Math.max(wanted, least), most))
  }
  return { middles, height: stacked(tree.roots) }
}

/** Lines to one box: their labels one below the other, level with the box. */
function linesTo(tree: Tree, id: string, placed: ReadonlyMap<string, Point>, labels: number) {
  const lines = tree.lines.get(id)!
  const end = placed.get(id)!
  let top = end.y - labelsHeight(lines) / 2
  return lines.map(line => {
    const label = { x: labels, y: top + line.labelHeight / 2 }
    top += line.labelHeight
    return [line.id, { points: [placed.get(line.from)!, label, end], label }] as const
  })
}
