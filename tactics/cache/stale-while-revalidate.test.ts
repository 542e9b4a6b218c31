import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Cancellation, type Handler, headers, problem, Reply } from '@archlab/runtime/kit'
import { settle } from '@archlab/runtime/testing'
import { changeable, SILENT, slowOrigin, subject, told } from './test-subject.ts'

const settings = { ttl: '30s', 'stale-while-revalidate': '60s' }

test('a stale reply comes at once, says how stale it is, and one call in the background fetches a fresh one', async () => {
  const { origin, become } = changeable()
  const { send, asked, clock, counts } = await subject(settings, { origin })
  await send()
  await clock.advance(33_700)
  const slow = slowOrigin()
  become(slow.origin)
  const replies = Array.from({ length: 500 }, () => send())
  for (const reply of replies) {
    assert.ok(reply instanceof Reply)
    assert.deepEqual([reply.body, told(reply), reply.header('age')], ['first', 'hit; ttl=-3', '33'])
  }
  await settle()
  assert.equal(asked.length, 2)
  await slow.answer(new Reply(200, '', 'second'))
  const fresh = (await send()) as Reply
  assert.deepEqual([fresh.body, told(fresh)], ['second', 'hit; ttl=30'])
  const { hit, miss, stale, revalidations, stored } = counts()
  assert.deepEqual(
    { hit, miss, stale, revalidations, stored },
    { hit: 501, miss: 1, stale: 500, revalidations: 1, stored: 2 },
  )
})

test('the moment it turns stale the remaining life is zero, never positive', async () => {
  const { origin, become } = changeable()
  const { send, clock } = await subject({ ...settings, ttl: '1500ms' }, { origin })
  await send()
  become(SILENT)
  const seen: (string | undefined)[] = []
  for (let step = 0; step < 6; step++) {
    seen.push(told((await send()) as Reply))
    await clock.advance(500)
  }
  assert.deepEqual(seen, ['hit; ttl=2', 'hit; ttl=2', 'hit; ttl=1', 'hit; ttl=0', 'hit; ttl=0', 'hit; ttl=-1'])
})

test('after the window the reply waits for the origin again', async () => {
  const { send, clock, asked } = await subject(settings)
  await send()
  await clock.advance(90_000)
  assert.equal(told(await send()), 'fwd=stale; stored')
  assert.equal(asked.length, 2)
})

test('who misses while the call in the background is under way waits for that', async () => {
  const { origin, become } = changeable()
  const { send, clock, asked } = await subject(settings, { origin })
  await send()
  await clock.advance(89_000)
  const slow = slowOrigin()
  become(slow.origin)
  await send()
  await clock.advance(1000)
  const late = send()
  await slow.answer(new Reply(200, '', 'second'))
  assert.equal(told(await late), 'fwd=stale; collapsed')
  assert.equal(asked.length, 2)
})

test('the call in the background belongs to nobody: it survives its caller, and its deadline is its own', async () => {
  const { origin, become } = changeable()
  const { send, clock, asked } = await subject(settings, { origin })
  await send()
  await clock.advance(31_000)
  const slow = slowOrigin()
  become(slow.origin)
  const cancellation = new Cancellation()
  await send('/data', { cancellation, deadlineMs: clock.nowMs() + 10, method: 'HEAD' })
  await settle()
  cancellation.cancel()
  await clock.advance(20)
  assert.deepEqual([asked[1]?.method, asked[1]?.cancellation.cancelled], ['GET', false])
  assert.ok(asked[1]!.deadlineMs > clock.nowMs() + 20_000)
  await slow.answer(new Reply(200, '', 'second'))
  assert.equal((await send()).body, 'second')
})

test('an origin that answers synchronously is not waited for either', async () => {
  const { send, clock, asked } = await subject(settings)
  await send()
  await clock.advance(31_000)
  const replies = [send(), send()]
  assert.equal(asked.length, 1)
  await settle()
  assert.equal(asked.length, 2)
  for (const reply of replies) assert.equal((reply as Reply).body, 'answer 1')
})

test('HEAD and GET share the call in the background', async () => {
  const { origin, become } = changeable()
  const { send, clock, asked } = await subject(settings, { origin })
  await send()
  await clock.advance(31_000)
  become(slowOrigin().origin)
  for (const method of ['HEAD', 'GET', 'HEAD']) assert.equal((await send('/data', { method })).body, 'first')
  await settle()
  assert.equal(asked.length, 2)
})

test('a call that never ends is given up after 30 s, and the next stale hit makes another', async () => {
  const { origin, become } = changeable()
  const { send, clock, asked, counts } = await subject({ ...settings, 'max-revalidations': 1 }, { origin })
  await send()
  become(SILENT)
  await clock.advance(30_000)
  await send()
  await settle()
  await clock.advance(29_000)
  await send()
  assert.equal(asked.length, 2)
  await clock.advance(1000)
  assert.equal(asked[1]?.cancellation.cancelled, true)
  await send()
  await settle()
  assert.equal(asked.length, 3)
  assert.deepEqual([counts().revalidations, counts().revalidations_failed], [2, 1])
})

test('no more than max-revalidations run at once; beyond that stale replies come without one, and are counted', async () => {
  const { origin, become } = changeable()
  const { send, clock, asked, counts } = await subject({ ...settings, 'max-revalidations': 3 }, { origin })
  const paths = Array.from({ length: 10 }, (_, at) => `/${at}`)
  for (const path of paths) await send(path)
  await clock.advance(31_000)
  const slow = slowOrigin()
  become(slow.origin)
  for (const path of paths) assert.equal((await send(path)).body, 'first')
  await settle()
  assert.equal(asked.length, 13)
  assert.deepEqual([counts().revalidations, counts().revalidations_skipped], [3, 7])
  await slow.answer(new Reply(200, '', 'second'))
  for (const path of paths.slice(3, 6)) await send(path)
  await settle()
  assert.equal(counts().revalidations, 6)
})

test('when the call fails, throws or rejects the stale reply stays, nobody notices, and a throw is logged once', async () => {
  const faults: Handler[] = [
    () => problem(503),
    () => {
      throw new Error('broken')
    },
    () => Promise.reject(new Error('broken')),
  ]
  for (const [at, fault] of faults.entries()) {
    const { origin, become } = changeable()
    const { send, clock, counts, context } = await subject(settings, { origin })
    await send()
    await clock.advance(31_000)
    become(fault)
    for (let round = 0; round < 3; round++) {
      assert.equal((await send()).body, 'first')
      await settle()
    }
    assert.deepEqual([counts().revalidations, counts().revalidations_failed], [3, 3])
    assert.equal(context.logged.length, at === 0 ? 0 : 1)
  }
})

test('an origin that says that a thing is gone, moved or forbidden ends its stale reply', async () => {
  for (const status of [301, 401, 403, 404, 410]) {
    const { origin, become } = changeable()
    const { send, clock } = await subject({ ...settings, 'stale-if-error': '1h' }, { origin })
    await send()
    await clock.advance(31_000)
    become(() => new Reply(status))
    assert.equal((await send()).body, 'first')
    await settle()
    assert.equal((await send()).status, status)
    become(() => problem(503))
    assert.equal((await send()).status, 503, 'nothing stands in for it')
  }
})

test('an origin that is only busy does not', async () => {
  for (const status of [408, 425, 429]) {
    const { origin, become } = changeable()
    const { send, clock } = await subject(settings, { origin })
    await send()
    await clock.advance(31_000)
    become(() => new Reply(status))
    await send()
    await settle()
    assert.equal((await send()).body, 'first')
  }
})

test('must-revalidate keeps a reply from being given stale', async () => {
  const origin: Handler = () => new Reply(200, headers({ 'cache-control': 'must-revalidate' }), 'x')
  const { send, clock, asked } = await subject(settings, { origin })
  await send()
  await clock.advance(31_000)
  assert.equal(told(await send()), 'fwd=stale; stored')
  assert.equal(asked.length, 2)
})

test('report-only: a stale hit is counted, its request reaches the origin and renews the entry', async () => {
  const { send, clock, asked, counts } = await subject(settings, { reportOnly: true })
  await send()
  await clock.advance(31_000)
  assert.equal((await send()).body, 'answer 2')
  assert.equal((await send()).body, 'answer 3')
  assert.equal(asked.length, 3)
  const { hit, miss, stale, revalidations, stored } = counts()
  assert.deepEqual(
    { hit, miss, stale, revalidations, stored },
    { hit: 2, miss: 1, stale: 1, revalidations: 0, stored: 2 },
  )
})

test('closing ends the calls in the background and leaves no timer', async () => {
  const { origin, become } = changeable()
  const { send, clock, asked, context } = await subject(settings, { origin })
  await send()
  await clock.advance(31_000)
  become(SILENT)
  await send()
  await settle()
  assert.equal(clock.pending, 1)
  await context.scope.close()
  await settle()
  assert.deepEqual([clock.pending, asked[1]?.cancellation.cancelled], [0, true])
})
