import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sleep } from '../kit/index.ts'
import { SimulatedClock } from './simulated-clock.ts'

const always = (): boolean => false

test('between two events everything happens that follows from the first one by promises', async () => {
  const clock = new SimulatedClock()
  const seen: string[] = []
  const chain = async (name: string, length: number): Promise<void> => {
    for (let turn = 0; turn < length; turn++) await Promise.resolve()
    seen.push(`${name} at ${clock.nowMs()}`)
  }
  clock.at(1, () => void chain('long', 50))
  clock.at(1, () => void chain('short', 1))
  clock.at(2, () => void seen.push('second'))
  await clock.run(always)
  assert.deepEqual(seen, ['long at 1', 'short at 1', 'second'])
  assert.equal(clock.events, 3)
})

test('time stands still but for events, and what sleeps wakes in its order', async () => {
  const clock = new SimulatedClock()
  const woken: number[] = []
  for (const delayMs of [30, 10, 20]) void sleep(clock, delayMs).then(() => woken.push(clock.nowMs()))
  const callOff = clock.after(5, () => assert.fail('it was called off'))
  callOff()
  assert.equal(clock.pending, 3)
  await clock.run(() => clock.nowMs() >= 20)
  assert.deepEqual(woken, [10, 20])
  await clock.run(always)
  assert.deepEqual(woken, [10, 20, 30])
  assert.equal(clock.pending, 0)
})

test('what an event throws ends the run', async () => {
  const clock = new SimulatedClock()
  clock.after(1, () => {
    throw new Error('a bug')
  })
  clock.after(2, () => assert.fail('time goes on'))
  await assert.rejects(clock.run(always), /a bug/)
  assert.equal(clock.nowMs(), 1)
})

test('a time that has passed is now', async () => {
  const clock = new SimulatedClock()
  let atMs = Number.NaN
  clock.at(10, () => {
    clock.at(3, () => {
      atMs = clock.nowMs()
    })
  })
  await clock.run(always)
  assert.equal(atMs, 10)
})
