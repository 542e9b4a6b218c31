import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ReplicaClock } from './replica-clock.ts'
import { SimulatedClock } from './simulated-clock.ts'
import { ThreadServer } from './thread-server.ts'

const toTheEnd = (): boolean => false

test('a thread does one thing after the other, and what takes no time waits as well', async () => {
  const clock = new SimulatedClock()
  const thread = new ThreadServer(clock)
  const done: [string, number][] = []
  const compute = (name: string, demandMs: number) => thread.compute(demandMs, () => done.push([name, clock.nowMs()]))
  compute('at once', 0)
  compute('first', 10)
  compute('nothing', 0)
  const callOff = compute('called off', 100)
  compute('second', 5)
  callOff()
  assert.equal(thread.isBusy, true)
  await clock.run(toTheEnd)
  assert.deepEqual(done, [
    ['at once', 0],
    ['first', 10],
    ['nothing', 10],
    ['second', 15],
  ])
  assert.equal(thread.busyMs, 15)
  assert.equal(thread.isBusy, false)
})

test('a thread that dies forgets what it does and what waits', async () => {
  const clock = new SimulatedClock()
  const thread = new ThreadServer(clock)
  thread.compute(10, () => assert.fail('it was dead'))
  thread.compute(10, () => assert.fail('it was dead'))
  clock.after(4, () => thread.clear())
  await clock.run(toTheEnd)
  assert.equal(thread.busyMs, 4)
  assert.equal(thread.isBusy, false)
})

test("timers of a replica wait while its thread computes, and never fire after the replica's end", async () => {
  const clock = new SimulatedClock()
  const thread = new ThreadServer(clock)
  const own = new ReplicaClock(clock, thread)
  const fired: number[] = []
  own.after(3, () => fired.push(own.nowMs()))
  own.at(20, () => fired.push(own.nowMs()))
  own.at(30, () => fired.push(own.nowMs()))
  thread.compute(10, () => {})
  clock.at(25, () => own.stop())
  await clock.run(toTheEnd)
  assert.deepEqual(fired, [10, 20])
})
