import type { Box, Line, Placement, Point } from './placement.ts'

const SPREAD_MAX = 16

/**
 * Where lines leave and enter their boxes: on the right and the left side, spread over its height in the order in which they
 * come, so that lines of one box do not cross at it.
 */
export function endsOfLines(
  lines: readonly Line[],
  placement: Placement,
  boxes: ReadonlyMap<string, Box>,
): ReadonlyMap<string, { readonly start: Point; readonly end: Point }> {
  const starts = new Map<string, Point>()
  const ends = new Map<string, Point>()
  const pointsOf = (line: Line): readonly Point[] => placement.lines.get(line.id)!.points
  for (const [from, group] of grouped(lines, line => line.from)) {
    spread(group, line => pointsOf(line)[1]!.y, from, 1, starts)
  }
  for (const [to, group] of grouped(lines, line => line.to)) {
    spread(group, line => pointsOf(line).at(-2)!.y, to, -1, ends)
  }
  return new Map(lines.map(({ id }) => [id, { start: starts.get(id)!, end: ends.get(id)! }]))

  function spread(
    group: readonly Line[],
    height: (line: Line) => number,
    box: string,
    side: 1 | -1,
    into: Map<string, Point>,
  ): void {
    const sorted = [...group].sort((left, right) => height(left) - height(right))
    const middle = placement.boxes.get(box)!
    const size = boxes.get(box)!
    const step = Math.min(SPREAD_MAX, Math.max(0, size.height - 20) / sorted.length)
    for (const [at, line] of sorted.entries()) {
      into.set(line.id, {
        x: middle.x + (side * size.width) / 2,
        y: middle.y + (at - (sorted.length - 1) / 2) * step,
      })
    }
  }
}

function grouped(lines: readonly Line[], key: (line: Line) => string): Map<string, Line[]> {
  const groups = new Map<string, Line[]>()
  for (const line of lines) {
    const group = groups.get(key(line))
    if (group) group.push(line)
    else groups.set(key(line), [line])
  }
  return groups
}
