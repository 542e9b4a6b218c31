import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Cancellation, headers, Reply } from '@archlab/runtime/kit'
import { fakeContext } from '@archlab/runtime/testing'
import { DISCIPLINES } from './queueing-station.ts'
import station from './station.ts'
import { collect, START_MS, subject, times, totals } from './test-subject.ts'

test('requests are served one after the other, and told what the model says', async () => {
  const { clock, send } = await subject()
  const { replies, as } = collect()
  as('first', send())
  await clock.advance(4)
  as('second', send({ method: 'POST', path: '/any/thing' }))
  await clock.advance(5)
  assert.equal(replies.length, 0)
  await clock.advance(1)
  assert.deepEqual(
    replies.map(([name]) => name),
    ['first'],
  )
  await clock.advance(10)
  assert.deepEqual(
    replies.map(([name, reply]) => [name, reply.status, times(reply)]),
    [
      ['first', 200, { waitedMs: 0, servedMs: 10, sojournMs: 10 }],
      ['second', 200, { waitedMs: 6, servedMs: 10, sojournMs: 16 }],
    ],
  )
  assert.equal(replies[0]![1].header('content-type'), 'application/json')
})

test('a service that takes no time is answered at once', async () => {
  const { send } = await subject({ service: '0ms' })
  const reply = send()
  assert.ok(reply instanceof Reply)
  assert.deepEqual(times(reply), { waitedMs: 0, servedMs: 0, sojournMs: 0 })
})

test('when every place is taken the answer is 503, the same for all, and says when to come again', async () => {
  const { clock, send, counts } = await subject(
    { service: '900ms', servers: 2, queue: { capacity: 3 } },
    { replica: 'server/1' },
  )
  for (let at = 0; at < 5; at++) void send()
  const reply = (await send()) as Reply
  assert.equal(reply.status, 503)
  // Five services of 0.9 s on two servers.
  assert.equal(reply.header('retry-after'), '3')
  assert.equal(reply.header('proxy-status'), 'server/1; error=connection_limit_reached; details="queue"')
  assert.equal(reply.header('content-type'), 'application/problem+json')
  assert.equal(send(), reply)
  assert.deepEqual(totals(counts()), [7, 0, 2, 0])
  await clock.advance(900)
  assert.equal(send() instanceof Promise, true)
  assert.deepEqual(totals(counts()), [8, 2, 2, 0])
})

test('timers that are late do not move the services that follow: after 1000 of them the last departure is exact', async () => {
  const { clock, send, counts } = await subject({ service: '3ms' })
  clock.lateMs = 1
  const outcomes = Array.from({ length: 1000 }, () => send())
  await clock.advance(3001)
  const last = times(await outcomes.at(-1)!)
  assert.deepEqual(last, { waitedMs: 2997, servedMs: 3, sojournMs: 3000 })
  assert.equal(clock.nowMs(), START_MS + 3001)
  assert.deepEqual([counts().served, counts().busy_ms], [1000, 3000])
})

test('a request that comes while an alarm is late finds the station as it ought to be', async () => {
  const { clock, send, counts } = await subject()
  clock.lateMs = 7
  const first = send()
  await clock.advance(15)
  const second = send()
  assert.equal(times(await first).sojournMs, 10)
  await clock.advance(30)
  assert.deepEqual(times(await second), { waitedMs: 0, servedMs: 10, sojournMs: 10 })
  // The first left when the second came, 5 ms late, the second with the alarm.
  assert.equal(counts().late_ms, 5 + 7)
})

test('each discipline serves in its order', async () => {
  const order = async (settings: Record<string, unknown>, priorities: readonly string[]): Promise<string> => {
    const { clock, send } = await subject(settings)
    const { replies, as } = collect()
    for (const [at, priority] of priorities.entries()) {
      as(String(at), send({ headers: headers({ priority }) }))
      await clock.advance(1)
    }
    await clock.advance(100)
    return replies.map(([name]) => name).join('')
  }
  const priorities = ['u=7', 'u=5', 'i', 'u=0', 'u=5', 'u=3']
  assert.equal(await order({}, priorities), '012345')
  assert.equal(await order({ queue: { discipline: 'fifo' } }, priorities), '012345')
  assert.equal(await order({ queue: { discipline: 'lifo' } }, priorities), '054321')
  assert.equal(await order({ queue: { discipline: 'priority' } }, priorities), '032514')
  const random = await order({ queue: { discipline: 'random' } }, priorities)
  assert.deepEqual([...random].sort().join(''), '012345')
})

test('under processor sharing all are served at once, and whoever leaves makes the others faster', async () => {
  const { clock, send, gauges } = await subject({ queue: { discipline: 'processor-sharing', capacity: 2 } })
  const { replies, as } = collect()
  const leaver = new Cancellation()
  as('first', send())
  await clock.advance(5)
  as('second', send())
  as('leaver', send({ cancellation: leaver }))
  assert.equal((await send()).status, 503)
  assert.deepEqual([gauges().queue_length, gauges().in_service], [0, 3])
  await clock.advance(6)
  leaver.cancel()
  // The first has had 5 + 6 / 3 of its 10 and needs 3, of which it gets a half at a time; the second then 5 alone.
  await clock.advance(6)
  assert.deepEqual(
    replies.map(([name]) => name),
    ['leaver', 'first'],
  )
  await clock.advance(5)
  assert.deepEqual(times(replies[1]![1]), { waitedMs: 0, servedMs: 17, sojournMs: 17 })
  assert.deepEqual(times(replies[2]![1]), { waitedMs: 0, servedMs: 17, sojournMs: 17 })
})

test('with unlimited servers nobody waits', async () => {
  const { clock, send, gauges } = await subject({ servers: 'unlimited', queue: { capacity: 0 } })
  const outcomes = Array.from({ length: 5000 }, () => send())
  assert.deepEqual([gauges().queue_length, gauges().in_service], [0, 5000])
  await clock.advance(10)
  for (const outcome of outcomes) assert.equal(times(await outcome).sojournMs, 10)
  assert.equal(gauges().utilisation, 0)
})

test('demands are the same under every discipline and do not depend on what is refused', async () => {
  const demands = async (queue: Record<string, unknown>): Promise<number[]> => {
    const { clock, send } = await subject({ service: { exponential: '1ms' }, queue })
    const drawn: number[] = []
    for (let at = 0; at < 50; at++) {
      const outcome = send()
      void send()
      await clock.advance(50)
      drawn.push(times(await outcome).servedMs)
    }
    return drawn
  }
  const expected = await demands({ capacity: 0 })
  assert.ok(new Set(expected).size > 45)
  for (const discipline of DISCIPLINES.filter(one => one !== 'processor-sharing')) {
    for (const capacity of [0, 5]) assert.deepEqual(await demands({ capacity, discipline }), expected)
  }
})

test('no more than one alarm is set, however many come and go', async () => {
  const { clock, send } = await subject({
    service: { exponential: '10ms' },
    queue: { discipline: 'processor-sharing' },
  })
  const cancellations = Array.from({ length: 100 }, () => new Cancellation())
  for (const cancellation of cancellations) {
    void send({ cancellation, deadlineMs: clock.nowMs() + 50 })
    await clock.advance(0.5)
  }
  // And the one that brings the meters up to date.
  assert.equal(clock.pending, 2)
  for (const cancellation of cancellations) cancellation.cancel()
  assert.equal(clock.pending, 1)
})

test('its model is one endpoint that works for the mean service time', () => {
  const model = station.model!({
    ...fakeContext(station, { settings: { service: { erlang: { k: 2, mean: '7ms' } } } }).settings,
  })
  const time = { type: 'erlang', k: 2, meanMs: 7 }
  const resource = { servers: 1, queue: Number.POSITIVE_INFINITY, discipline: 'fifo', servesAbandoned: false }
  assert.deepEqual(model, [{ match: '/*', steps: [{ type: 'work', meanMs: 7, time, resource }] }])
})

test('an alarm is set anew only when something else happens next', async () => {
  const { clock, send } = await subject()
  const before = clock.alarms
  for (let at = 0; at < 10; at++) void send()
  assert.equal(clock.alarms - before, 1)
  await clock.advance(50)
  assert.equal(clock.alarms - before, 6)
})

test('an alarm that goes off too early is set again', async () => {
  const { clock, send } = await subject()
  clock.lateMs = -1
  const outcome = send()
  clock.lateMs = 0
  await clock.advance(10)
  assert.equal(times(await outcome).sojournMs, 10)
})
