import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock } from '@archlab/runtime/testing'
import { Patience } from './patience.ts'

test('each wait is given up when its own time is over, and not when it ended before', async () => {
  const clock = new FakeClock()
  const patience = new Patience(clock, 200)
  const given: string[] = []
  const wait = (name: string) => patience.begin(() => given.push(`${name} at ${clock.nowMs() - 1_000_000}`))
  wait('a')
  await clock.advance(50)
  const ended = wait('b')
  await clock.advance(50)
  wait('c')
  patience.end(ended)
  await clock.advance(1000)
  assert.deepEqual(given, ['a at 200', 'c at 300'])
  assert.equal(clock.pending, 0)
})

test('a thousand waits that end in time cost one timer, and closing calls it off', () => {
  const clock = new FakeClock()
  const patience = new Patience(clock, 200)
  for (let at = 0; at < 1000; at++) patience.end(patience.begin(() => assert.fail('nobody gives up')))
  assert.equal(clock.pending, 1)
  patience.close()
  assert.equal(clock.pending, 0)
})

test('a wait that begins while others are given up gets its full time', async () => {
  const clock = new FakeClock()
  const patience = new Patience(clock, 200)
  const given: number[] = []
  patience.begin(() => {
    patience.begin(() => given.push(clock.nowMs() - 1_000_000))
  })
  await clock.advance(1000)
  assert.deepEqual(given, [400])
})

test('a wait that begins after closing arms no timer', () => {
  const clock = new FakeClock()
  const patience = new Patience(clock, 200)
  patience.close()
  patience.begin(() => assert.fail('nobody gives up'))
  assert.equal(clock.pending, 0)
})
