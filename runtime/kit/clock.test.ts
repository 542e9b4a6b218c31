import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { Worker } from 'node:worker_threads'
import { FakeClock } from '../testing/fake-context.ts'
import { Cancellation } from './cancellation.ts'
import { sleep, systemClock } from './clock.ts'

test('a sleep ends after exactly its time and says that the time was waited out', async () => {
  const clock = new FakeClock()
  let outcome: boolean | undefined
  void sleep(clock, 100).then(waited => {
    outcome = waited
  })
  await clock.advance(99)
  assert.equal(outcome, undefined)
  await clock.advance(1)
  assert.equal(outcome, true)
  assert.equal(clock.pending, 0)
})

test('a sleep that is cancelled ends at once, says so, and leaves no timer', async () => {
  const clock = new FakeClock()
  const cancellation = new Cancellation()
  const sleeping = sleep(clock, 100, listener => cancellation.onCancel(listener))
  await clock.advance(50)
  assert.equal(clock.pending, 1)
  cancellation.cancel()
  assert.equal(await sleeping, false)
  assert.equal(clock.pending, 0)
})

test('a sleep under a cancellation that has already happened does not begin', async () => {
  const clock = new FakeClock()
  const cancellation = new Cancellation()
  cancellation.cancel()
  assert.equal(await sleep(clock, 100, listener => cancellation.onCancel(listener)), false)
  assert.equal(clock.pending, 0)
})

test('a sleep that was waited out leaves no listener behind', async () => {
  const clock = new FakeClock()
  const listeners = new Set<() => void>()
  const sleeping = sleep(clock, 10, listener => {
    listeners.add(listener)
    return () => listeners.delete(listener)
  })
  assert.equal(listeners.size, 1)
  await clock.advance(10)
  assert.equal(await sleeping, true)
  assert.equal(listeners.size, 0)
})

test("the system's clock is the machine's monotonic one, to a fraction of a millisecond", () => {
  const beforeMs = Number(process.hrtime.bigint()) / 1e6
  const nowMs = systemClock.nowMs()
  const afterMs = Number(process.hrtime.bigint()) / 1e6
  assert.ok(nowMs > beforeMs - 0.2 && nowMs < afterMs + 0.2, `${nowMs} is not between ${beforeMs} and ${afterMs}`)
})

test('the system clock never runs backwards, and its wall time is that of Date', () => {
  let lastMs = systemClock.nowMs()
  for (let reading = 0; reading < 10_000; reading++) {
    const nowMs = systemClock.nowMs()
    assert.ok(nowMs >= lastMs)
    lastMs = nowMs
  }
  const before = Date.now()
  const wall = systemClock.wallMs()
  assert.ok(wall >= before && wall <= Date.now())
})

test('two threads read the same time', async t => {
  const program = `
    import { systemClock } from ${JSON.stringify(new URL('./clock.ts', import.meta.url).href)}
    import { parentPort } from 'node:worker_threads'
    parentPort.on('message', () => parentPort.postMessage(systemClock.nowMs()))
    parentPort.postMessage('up')`
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(program)}`))
  t.after(() => worker.terminate())
  await once(worker, 'message')
  const beforeMs = systemClock.nowMs()
  worker.postMessage('now')
  const [thereMs] = (await once(worker, 'message')) as [number]
  const afterMs = systemClock.nowMs()
  assert.ok(thereMs > beforeMs - 0.2 && thereMs < afterMs + 0.2, `${thereMs} is not between ${beforeMs} and ${afterMs}`)
})

test('a timer of the system clock fires once, and one that is called off does not', async () => {
  let calledOff = 0
  const callOff = systemClock.after(1, () => {
    calledOff++
  })
  callOff()
  callOff()
  let fired = 0
  await new Promise<void>(resolve => {
    systemClock.after(1, () => {
      fired++
      systemClock.after(5, resolve)
    })
  })
  assert.deepEqual({ calledOff, fired }, { calledOff: 0, fired: 1 })
})

test('a delay beyond what timers of Node take does not fire at once', async t => {
  const warnings: Error[] = []
  const remember = (warning: Error): void => void warnings.push(warning)
  process.on('warning', remember)
  t.after(() => process.off('warning', remember))
  let fired = false
  const callOff = systemClock.after(Number.MAX_SAFE_INTEGER, () => {
    fired = true
  })
  t.after(callOff)
  await new Promise<void>(resolve => systemClock.after(5, resolve))
  assert.equal(fired, false)
  assert.deepEqual(warnings, [])
})

test('an alarm goes off once, not before its time, also when that has passed already', async () => {
  for (const inMs of [-5, 0, 0.3, 1.7, 6.4]) {
    const atMs = systemClock.nowMs() + inMs
    const rangMs = await new Promise<number>(resolve => systemClock.at(atMs, () => resolve(systemClock.nowMs())))
    assert.ok(rangMs >= atMs, `${rangMs - atMs} ms`)
  }
})

test('an alarm that was called off does not go off, whether it waits or approaches', async () => {
  let rang = 0
  const calledOff = [0, 1, 3].map(inMs => systemClock.at(systemClock.nowMs() + inMs, () => rang++))
  for (const callOff of calledOff) callOff()
  await new Promise<void>(resolve => systemClock.at(systemClock.nowMs() + 8, resolve))
  assert.equal(rang, 0)
})
