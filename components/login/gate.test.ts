import assert from 'node:assert/strict'
import { test } from 'node:test'
import { settle } from '@archlab/runtime/testing'
import { Gate } from './gate.ts'

test('tasks beyond the limit wait in line, and beyond the line they are refused', async () => {
  const gate = new Gate(2, 1)
  const started: number[] = []
  const ends: (() => void)[] = []
  const task = (name: number) =>
    gate.run(
      () =>
        new Promise<number>(resolve => {
          started.push(name)
          ends[name] = () => resolve(name)
        }),
    )
  const outcomes = [task(0), task(1), task(2), task(3)]
  assert.deepEqual(started, [0, 1])
  assert.equal(outcomes[3], undefined)
  ends[1]?.()
  await settle()
  assert.deepEqual(started, [0, 1, 2])
  ends[0]?.()
  ends[2]?.()
  assert.deepEqual(await Promise.all(outcomes.slice(0, 3)), [0, 1, 2])
})

test('a task that fails lets the next one in, and its failure goes to its caller', async () => {
  const gate = new Gate(1, 1)
  const failing = gate.run(() => Promise.reject(new Error('x')))
  const next = gate.run(async () => 'in')
  await assert.rejects(Promise.resolve(failing), /x/)
  assert.equal(await next, 'in')
})
