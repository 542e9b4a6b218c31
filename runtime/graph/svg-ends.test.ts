import assert from 'node:assert/strict'
import { test } from 'node:test'
import { place } from './layout.ts'
import type { Line } from './placement.ts'
import { endsOfLines } from './svg-ends.ts'

const boxes = ['a', 'b', 'c', 'd'].map(id => ({ id, width: 100, height: 60 }))
const line = (from: string, to: string): Line => ({ id: `${from}${to}`, from, to, labelWidth: 0, labelHeight: 0 })

test('lines leave on the right and enter on the left, in the order in which they come', () => {
  const lines = [line('a', 'c'), line('a', 'b'), line('b', 'd'), line('c', 'd')]
  const placement = place(boxes, lines)!
  const ends = endsOfLines(lines, placement, new Map(boxes.map(box => [box.id, box])))
  for (const { id, from, to } of lines) {
    assert.equal(ends.get(id)!.start.x, placement.boxes.get(from)!.x + 50)
    assert.equal(ends.get(id)!.end.x, placement.boxes.get(to)!.x - 50)
    for (const [point, box] of [[ends.get(id)!.start, from] as const, [ends.get(id)!.end, to] as const]) {
      assert.ok(Math.abs(point.y - placement.boxes.get(box)!.y) < 30)
    }
  }
  const above = placement.boxes.get('b')!.y < placement.boxes.get('c')!.y
  const [upper, lower] = above ? ['b', 'c'] : ['c', 'b']
  assert.ok(ends.get(`a${upper}`)!.start.y < ends.get(`a${lower}`)!.start.y)
  assert.ok(ends.get(`${upper}d`)!.end.y < ends.get(`${lower}d`)!.end.y)
})
