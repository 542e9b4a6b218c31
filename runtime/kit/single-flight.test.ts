import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock, settle } from '../testing/fake-context.ts'
import { Cancellation } from './cancellation.ts'
import { Request } from './message.ts'
import { SingleFlight } from './single-flight.ts'

const caller = (fields = {}) => new Request({ method: 'GET', path: '/', ...fields })
const never = (): Promise<string> => new Promise(() => {})

test('callers of one key share one piece of work, callers of another key do not', async () => {
  const flights = new SingleFlight<string>(new FakeClock())
  const started: string[] = []
  const work = (key: string) =>
    flights.run(key, caller(), async () => {
      started.push(key)
      return `${key}!`
    })
  assert.deepEqual(await Promise.all([work('a'), work('a'), work('b')]), ['a!', 'a!', 'b!'])
  assert.deepEqual(started, ['a', 'b'])
  assert.equal(flights.size, 0)
})

test('a synchronous outcome is handed back without a promise and leaves nothing behind', () => {
  const flights = new SingleFlight<string>(new FakeClock())
  assert.equal(
    flights.run('a', caller(), () => 'now'),
    'now',
  )
  assert.equal(flights.size, 0)
})

test('the first caller may leave: the work goes on for the second', async () => {
  const flights = new SingleFlight<string>(new FakeClock())
  const cancellation = new Cancellation()
  let finish = (_value: string): void => {}
  let cancelled: Cancellation | undefined
  const first = flights.run('a', caller({ cancellation }), own => {
    cancelled = own
    return new Promise(resolve => {
      finish = resolve
    })
  })
  const second = flights.run('a', caller(), never)
  cancellation.cancel()
  assert.equal(await first, undefined)
  assert.equal(cancelled?.cancelled, false)
  finish('done')
  assert.equal(await second, 'done')
})

test('a caller leaves at its deadline, and no timer stays when the work is done in time', async () => {
  const clock = new FakeClock()
  const flights = new SingleFlight<string>(clock)
  const late = flights.run('a', caller({ deadlineMs: clock.nowMs() + 50 }), never)
  await clock.advance(50)
  assert.equal(await late, undefined)
  assert.equal(clock.pending, 0)
  await flights.run('b', caller({ deadlineMs: clock.nowMs() + 50 }), async () => 'done')
  assert.equal(clock.pending, 0)
})

test('a rejection reaches every caller and frees the key', async () => {
  const flights = new SingleFlight<string>(new FakeClock())
  const fail = () => flights.run('a', caller(), () => Promise.reject(new Error('broken')))
  const outcomes = await Promise.allSettled([fail(), fail()])
  assert.deepEqual(
    outcomes.map(one => one.status),
    ['rejected', 'rejected'],
  )
  assert.equal(flights.joins('a'), false)
})

test('work that hangs is joined no longer than the patience allows', async () => {
  const clock = new FakeClock()
  const flights = new SingleFlight<string>(clock, 1000)
  void flights.run('a', caller(), never)
  await clock.advance(999)
  assert.equal(flights.joins('a'), true)
  await clock.advance(1)
  assert.equal(await flights.run('a', caller(), async () => 'fresh'), 'fresh')
})

test('closing cancels the work, lets callers leave and leaves no timer', async () => {
  const clock = new FakeClock()
  const flights = new SingleFlight<string>(clock)
  let own: Cancellation | undefined
  const waiting = flights.run('a', caller({ deadlineMs: clock.nowMs() + 50 }), cancellation => {
    own = cancellation
    return never()
  })
  flights.close()
  await settle()
  assert.equal(await waiting, undefined)
  assert.equal(own?.cancelled, true)
  assert.deepEqual([flights.size, clock.pending], [0, 0])
})
