import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Cancellation, problem, Reply } from '@archlab/runtime/kit'
import { changeable, SILENT, slowOrigin, subject, told } from './test-subject.ts'

describe('stale-if-error', () => {
  const settings = { ttl: '30s', 'stale-if-error': '10m' }

  test('a stale reply stands in for an origin that is down, says so, and the origin is asked each time', async () => {
    const { origin, become } = changeable()
    const { send, clock, asked, counts } = await subject(settings, { origin })
    await send()
    await clock.advance(32_500)
    for (const status of [500, 502, 503, 504]) {
      become(() => problem(status))
      const reply = await send()
      assert.deepEqual([reply.status, reply.body, reply.header('age')], [200, 'first', '32'])
      assert.equal(told(reply), `fwd=stale; fwd-status=${status}; ttl=-2; detail=stale-if-error`)
    }
    assert.equal(asked.length, 5)
    assert.deepEqual([counts().hit, counts().miss, counts().stale_on_error], [0, 5, 4])
    become(() => new Reply(200, '', 'second'))
    assert.equal((await send()).body, 'second')
  })

  test('it stands in for an origin that has not answered at the deadline', async () => {
    const { origin, become } = changeable()
    const { send, clock } = await subject(settings, { origin })
    await send()
    await clock.advance(31_000)
    become(SILENT)
    const reply = send('/data', { deadlineMs: clock.nowMs() + 100 })
    await clock.advance(100)
    assert.equal(told(await reply), 'fwd=stale; ttl=-1; detail=stale-if-error')
    assert.equal((await reply).body, 'first')
  })

  test('who leaves before is not counted as served', async () => {
    const { origin, become } = changeable()
    const { send, clock, counts } = await subject(settings, { origin })
    await send()
    await clock.advance(31_000)
    become(SILENT)
    const cancellation = new Cancellation()
    const reply = send('/data', { cancellation })
    cancellation.cancel()
    await reply
    assert.deepEqual([counts().miss, counts().stale_on_error], [2, 0])
  })

  test('everybody who waited for the failed call gets it', async () => {
    const { origin, become } = changeable()
    const { send, clock, asked } = await subject(settings, { origin })
    await send()
    await clock.advance(31_000)
    const slow = slowOrigin()
    become(slow.origin)
    const replies = Array.from({ length: 20 }, () => send())
    await slow.answer(problem(502))
    for (const reply of await Promise.all(replies)) assert.equal(reply.body, 'first')
    assert.equal(asked.length, 2)
  })

  test('after the window, for another key, and for other answers than failures nothing stands in', async () => {
    const { origin, become } = changeable()
    const { send, clock } = await subject(settings, { origin })
    await send()
    await clock.advance(31_000)
    become(() => problem(503))
    assert.equal((await send('/other')).status, 503)
    become(() => problem(429))
    assert.equal((await send()).status, 429)
    become(() => problem(503))
    await clock.advance(600_000 - 1001)
    assert.equal((await send()).status, 200)
    await clock.advance(1)
    assert.equal((await send()).status, 503)
  })

  test('a bug in what it wraps is not hidden', async () => {
    const { origin, become } = changeable()
    const { send, clock } = await subject(settings, { origin })
    await send()
    await clock.advance(31_000)
    become(() => Promise.reject(new Error('broken')))
    await assert.rejects(async () => send(), /broken/)
  })

  test('report-only counts that it would have stood in, and shows the failure', async () => {
    const { origin, become } = changeable()
    const { send, clock, counts } = await subject(settings, { origin, reportOnly: true })
    await send()
    await clock.advance(31_000)
    become(() => problem(503))
    assert.equal((await send()).status, 503)
    assert.deepEqual([counts().miss, counts().stale_on_error], [2, 1])
  })
})

describe('negative-ttl', () => {
  test('404 and 410 are kept for that time and then asked for again', async () => {
    const { send, clock, asked, counts } = await subject(
      { 'negative-ttl': '5s', 'stale-while-revalidate': '1h', 'stale-if-error': '1h' },
      { origin: request => problem(request.path === '/gone' ? 410 : 404) },
    )
    for (const path of ['/gone', '/unknown']) {
      await send(path)
      await clock.advance(4_999)
      assert.match(told(await send(path))!, /^hit/)
      await clock.advance(1)
      assert.equal(told(await send(path)), 'fwd=stale; stored')
    }
    assert.equal(asked.length, 4)
    assert.deepEqual([counts().stored, counts().negative], [4, 4])
  })

  test('without it, and for other statuses, nothing is kept', async () => {
    for (const [ttl, status] of [
      ['0s', 404],
      ['5s', 403],
      ['5s', 500],
    ] as const) {
      const { send, asked } = await subject({ 'negative-ttl': ttl }, { origin: () => problem(status) })
      await send()
      assert.equal(told(await send()), 'fwd=uri-miss')
      assert.equal(asked.length, 2)
    }
  })
})
