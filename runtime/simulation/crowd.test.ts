import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Crowd } from './crowd.ts'

test('members leave in any order, once', () => {
  const crowd = new Crowd<{ name: string; place: number }>()
  const [a, b, c] = ['a', 'b', 'c'].map(name => ({ name, place: -1 })) as [
    { name: string; place: number },
    { name: string; place: number },
    { name: string; place: number },
  ]
  for (const one of [a, b, c]) crowd.add(one)
  crowd.remove(a)
  crowd.remove(a)
  assert.deepEqual([a.place, b.place, c.place], [-1, 1, 0])
  assert.deepEqual(new Set(crowd.takeAll()), new Set([b, c]))
  assert.deepEqual([b.place, c.place, crowd.takeAll().length], [-1, -1, 0])
})
