import assert from 'node:assert/strict'
import { test } from 'node:test'
import { keyOf } from './call-tree.ts'
import { amountAt, differenceOf } from './difference.ts'
import type { Profile } from './profile.ts'
import type { ProfileResult } from './result.ts'
import { cpuProfile, type Stack } from './test-profiles.ts'
import { cpuTree } from './v8-profiles.ts'

function profile(requests: number | null, stacks: readonly Stack[]): Profile {
  const tree = cpuTree(cpuProfile(stacks))
  const result = { of: 'cpu', requests, modules: [] } as unknown as ProfileResult
  return { result, threads: [{ thread: 'a/0', replicas: ['a/0'], component: 'a', tree }] }
}

test('two runs of different length are compared by the request', () => {
  const before = profile(10, [
    ['f x:1', 100],
    ['g x:2', 50],
  ])
  const after = profile(20, [
    ['f x:1', 200],
    ['h x:3', 300],
  ])
  const difference = differenceOf(before, after)
  assert.deepEqual([difference.per, difference.before, difference.after], ['request', 15, 25])
  assert.deepEqual(
    difference.changed.map(row => [row.function, row.before, row.after, row.delta]),
    [
      ['h', 0, 15, 15],
      ['g', 5, 0, -5],
      ['f', 10, 10, 0],
    ],
  )
})

test('where requests are not known the second is stretched to the whole of the first', () => {
  const difference = differenceOf(
    profile(null, [['f x:1', 100]]),
    profile(5, [
      ['f x:1', 10],
      ['g x:2', 10],
    ]),
  )
  assert.deepEqual([difference.per, difference.before, difference.after], ['whole', 100, 100])
  assert.deepEqual(
    difference.changed.map(row => [row.function, row.delta]),
    [
      ['f', -50],
      ['g', 50],
    ],
  )
})

test('a call is found in a tree by its path, and takes nothing where it is not in it', () => {
  const { trees } = differenceOf(profile(1, [['f x:1 > g x:2', 7]]), profile(1, [['f x:1', 3]]))
  const path = [...trees.before.children.keys(), keyOf({ name: 'f', url: 'x', line: 1, column: 1 })]
  assert.equal(amountAt(trees.before, path), 7)
  assert.equal(amountAt(trees.after, path), 3)
  assert.equal(amountAt(trees.after, [...path, keyOf({ name: 'g', url: 'x', line: 2, column: 1 })]), 0)
})
