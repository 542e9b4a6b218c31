import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { LAYERS_MAX, place as placeOrNot } from './layout.ts'
import type { Box, Line, Placement } from './placement.ts'

function place(boxes: readonly Box[], lines: readonly Line[]): Placement {
  const placement = placeOrNot(boxes, lines)
  assert.ok(placement)
  return placement
}

const box = (at: number, height = 60): Box => ({ id: `n${at}`, width: 100 + at, height })
const line = (from: number, to: number, at = 0): Line => ({
  id: `${from}-${to}-${at}`,
  from: `n${from}`,
  to: `n${to}`,
  labelWidth: 40,
  labelHeight: 14,
})

test('boxes of any graph lie apart and inside of the drawing, and lines lead from left to right', () => {
  const pairs = fc.array(
    fc.tuple(fc.nat(9), fc.nat(9)).filter(([from, to]) => from !== to),
    { maxLength: 20 },
  )
  fc.assert(
    fc.property(pairs, list => {
      const boxes = Array.from({ length: 10 }, (_, at) => box(at, 40 + at * 7))
      const lines = list.map(([from, to], at) => line(Math.min(from, to), Math.max(from, to), at))
      const { boxes: placed, lines: drawn, width, height } = place(boxes, lines)
      const edges = boxes.map(({ id, width: wide, height: high }) => {
        const { x, y } = placed.get(id)!
        return { left: x - wide / 2, right: x + wide / 2, top: y - high / 2, bottom: y + high / 2 }
      })
      for (const [at, one] of edges.entries()) {
        assert.ok(one.left > -0.01 && one.top > -0.01 && one.right < width + 0.01 && one.bottom < height + 0.01)
        for (const other of edges.slice(at + 1)) {
          const apart =
            one.right <= other.left || other.right <= one.left || one.bottom <= other.top || other.bottom <= one.top
          assert.ok(apart)
        }
      }
      for (const { id, from, to } of lines) {
        assert.ok(placed.get(from)!.x < placed.get(to)!.x)
        const xs = drawn.get(id)!.points.map(point => point.x)
        assert.deepEqual(
          xs,
          [...xs].sort((left, right) => left - right),
        )
      }
    }),
    { numRuns: 50 },
  )
})

test('the same graph is placed the same way', () => {
  const boxes = [0, 1, 2, 3].map(at => box(at))
  const lines = [line(0, 1), line(0, 2), line(1, 3), line(2, 3), line(0, 3)]
  assert.deepEqual(place(boxes, lines), place(boxes, lines))
})

test('in any tree children stand one below the other in the order of the file, apart, and level with their labels', () => {
  const trees = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 20, max: 120 })), { minLength: 1, maxLength: 25 })
  fc.assert(
    fc.property(trees, list => {
      const boxes = list.map(([, height], at) => box(at, height))
      // One in seven begins a tree of its own.
      const lines = list.flatMap(([choice], at) => (at === 0 || choice % 7 === 0 ? [] : [line(choice % at, at)]))
      const { boxes: placed, lines: drawn, height } = place(boxes, lines)
      const middle = (id: string): number => placed.get(id)!.y
      for (const [at, one] of boxes.entries()) {
        assert.ok(middle(one.id) - one.height / 2 > -0.01 && middle(one.id) + one.height / 2 < height + 0.01)
        for (const other of boxes.slice(at + 1)) {
          const level = Math.abs(placed.get(one.id)!.x - placed.get(other.id)!.x) < (one.width + other.width) / 2
          const apart = Math.abs(middle(one.id) - middle(other.id)) >= (one.height + other.height) / 2
          assert.ok(apart || !level)
        }
      }
      for (const { id, from, to } of lines) {
        assert.equal(drawn.get(id)!.label.y, middle(to))
        const children = lines.filter(other => other.from === from).map(other => middle(other.to))
        assert.deepEqual(
          children,
          [...children].sort((above, below) => above - below),
        )
      }
    }),
  )
})

test('two lines between the same boxes of a tree have their labels one below the other', () => {
  const { lines } = place([box(0), box(1)], [line(0, 1, 0), line(0, 1, 1)])
  const [first, second] = [...lines.values()].map(one => one.label.y)
  assert.equal(second! - first!, 14)
})

test('a chain of 5,000 boxes is placed; with a second way to its end it has too many layers for a picture', () => {
  const boxes = Array.from({ length: 5000 }, (_, at) => ({ ...box(0), id: `n${at}` }))
  const lines = boxes.slice(1).map((_, at) => line(at, at + 1))
  assert.equal(place(boxes, lines).height, 60)
  assert.equal(placeOrNot(boxes, [...lines, line(0, LAYERS_MAX)]), null)
})

test('a box that is taller than its children stands level with their middle', () => {
  const { boxes } = place([box(0, 300), box(1), box(2), box(3, 300)], [line(0, 1), line(0, 2), line(1, 3)])
  const middle = (at: number): number => boxes.get(`n${at}`)!.y
  // n1 and n3 have a strip of 300, n2 one of 60 below it; n0 stands between the two.
  assert.deepEqual([middle(1), middle(3), middle(2), middle(0)], [150, 150, 348, 228])
  const single = place([box(0, 300), box(1)], [line(0, 1)])
  assert.deepEqual([single.boxes.get('n0')!.y, single.boxes.get('n1')!.y], [150, 150])
})
