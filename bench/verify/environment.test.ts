import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock } from '@archlab/runtime/testing'
import type { Operation } from '@archlab/runtime/topology'
import { Environment } from './environment.ts'

const kill = (target: string, atMs: number) => ({ atMs, operation: { action: 'kill' as const, target } })

test('every event is carried out at its time from the start of the run, also when that is still to come', async () => {
  const clock = new FakeClock(0)
  const done: [string, number][] = []
  const operate = async (operation: Operation) => {
    done.push([operation.action === 'kill' ? operation.target : '', clock.nowMs()])
    return { affected: ['api/0'] }
  }
  const environment = new Environment({ events: [kill('a', 0), kill('b', 2000)], clock, operate })
  environment.begin(300)
  await clock.advance(5000)
  assert.deepEqual(done, [
    ['a', 300],
    ['b', 2300],
  ])
  const events = await environment.end()
  assert.deepEqual(
    events.map(({ beganMs, doneMs, affected, error }) => [beganMs, doneMs, affected, error]),
    [
      [0, 0, ['api/0'], null],
      [2000, 2000, ['api/0'], null],
    ],
  )
})

test('an event that fails says why; one that the run did not live to see has not begun', async () => {
  const clock = new FakeClock(0)
  const operate = () => Promise.reject(new Error('nobody is called so'))
  const environment = new Environment({ events: [kill('a', 100), kill('b', 5000)], clock, operate })
  environment.begin(0)
  await clock.advance(1000)
  const events = await environment.end()
  assert.deepEqual(
    events.map(({ beganMs, error }) => [beganMs, error]),
    [
      [100, 'nobody is called so'],
      [null, null],
    ],
  )
  assert.equal(clock.pending, 0)
})
