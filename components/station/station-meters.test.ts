import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Clock, Request } from '@archlab/runtime/kit'
import { FakeClock, settle } from '@archlab/runtime/testing'
import station from './station.ts'
import { subject, totals } from './test-subject.ts'

test('time averages come out of the counters exactly, and no more than a second late', async () => {
  const { clock, send, counts, gauges } = await subject({ service: '100ms' })
  for (let at = 0; at < 3; at++) void send()
  assert.deepEqual([gauges().queue_length, gauges().in_service], [2, 1])
  await clock.advance(250)
  const early = counts()
  // As of the second departure: the line was 2 long, then 1, for 100 ms each.
  assert.deepEqual([early.observed_ms, early.waiting_ms, early.busy_ms, early.sojourn_ms], [200, 300, 200, 500])
  await clock.advance(750)
  const { observed_ms, waiting_ms, busy_ms, sojourn_ms } = counts()
  assert.deepEqual([observed_ms, waiting_ms, busy_ms, sojourn_ms], [1000, 300, 300, 600])
  assert.deepEqual([gauges().queue_length_mean, gauges().in_service_mean, gauges().utilisation], [0.3, 0.3, 0.3])
  assert.deepEqual([gauges().queue_length, gauges().in_service], [0, 0])
})

test('a replica that starts again counts on, and counts those whom it lost as abandoned', async () => {
  const before = await subject({ service: '100ms' })
  for (let at = 0; at < 4; at++) void before.send()
  await before.clock.advance(150)
  const context = { ...before.context, clock: new FakeClock(50_000) as Clock }
  const handle = await station.create(context)
  assert.deepEqual(totals(before.counts()), [4, 1, 0, 3])
  assert.deepEqual([before.gauges().queue_length, before.gauges().in_service], [0, 0])
  const outcome = handle(new Request({ method: 'GET', path: '/' }))
  await (context.clock as FakeClock).advance(100)
  await outcome
  const { arrived, served, refused, abandoned, busy_ms, observed_ms } = before.counts()
  assert.deepEqual([arrived, served! + refused! + abandoned!], [5, 5])
  // 100 ms until the first one's departure, and 100 ms since the second start.
  assert.deepEqual([busy_ms, observed_ms, before.gauges().utilisation], [200, 200, 1])
})

test('closing answers all who are inside 503, takes nobody in, and leaves no timer', async () => {
  const { clock, context, send, counts } = await subject({ servers: 2 })
  const outcomes = Array.from({ length: 5 }, () => send())
  await clock.advance(3)
  await context.scope.close()
  for (const outcome of outcomes) assert.equal((await outcome).status, 503)
  assert.equal((await send()).header('proxy-status'), 'subject/0; error=destination_unavailable; details="closing"')
  assert.deepEqual([...totals(counts()), counts().busy_ms], [5, 0, 0, 5, 6])
  await settle()
  assert.equal(clock.pending, 0)
})
