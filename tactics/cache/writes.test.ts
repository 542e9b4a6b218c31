import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { headers, problem, Reply } from '@archlab/runtime/kit'
import fc from 'fast-check'
import { slowOrigin, subject, told } from './test-subject.ts'
import { Writes } from './writes.ts'

const as = (who: string) => ({ headers: headers({ authorization: `Bearer ${who}` }) })

describe('a write that succeeds', () => {
  test('makes the kept replies of its URI invalid, for every token', async () => {
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'PURGE']) {
      const { send, asked, counts, context } = await subject()
      await send('/item')
      await send('/item', as('ann'))
      await send('/item', { query: 'all' })
      await send('/other')
      assert.equal(told(await send('/item', { method, ...as('bob') })), 'fwd=method')
      assert.equal(asked.length, 5)
      assert.equal(context.gauge.entries.value, 3)
      assert.equal(told(await send('/item')), 'fwd=uri-miss; stored')
      assert.equal(told(await send('/item', as('ann'))), 'fwd=uri-miss; stored')
      assert.match(told(await send('/item', { query: 'all' }))!, /^hit/)
      assert.match(told(await send('/other'))!, /^hit/)
      assert.match(told(await send('/item', as('ann')))!, /^hit/)
      assert.equal(counts().invalidated, 1)
    }
  })

  test('keeps a call that was under way before from filling the cache, and from being joined', async () => {
    const { origin, waiting } = slowOrigin()
    const { send, asked } = await subject(
      {},
      { origin: request => (request.method === 'GET' ? origin(request) : new Reply(204)) },
    )
    const before = send('/item')
    await send('/item', { method: 'PUT' })
    const after = send('/item')
    assert.equal(asked.length, 3)
    waiting[1]!(new Reply(200, '', 'new'))
    waiting[0]!(new Reply(200, '', 'old'))
    assert.equal(told(await before), 'fwd=uri-miss')
    assert.equal((await after).body, 'new')
    assert.equal((await send('/item')).body, 'new')
  })

  test('removes what could have stood in for a failure', async () => {
    let isDown = false
    const { send, clock } = await subject(
      { 'stale-if-error': '1h', 'stale-while-revalidate': '1h' },
      { origin: request => (isDown && request.method === 'GET' ? problem(503) : new Reply(200)) },
    )
    await send('/item', as('ann'))
    await send('/item', { method: 'DELETE' })
    isDown = true
    await clock.advance(31_000)
    assert.equal((await send('/item', as('ann'))).status, 503)
  })

  test('also where the tactic only reports', async () => {
    const { send, counts } = await subject({}, { reportOnly: true })
    await send('/item')
    assert.equal((await send('/item', { method: 'PUT' })).header('cache-status'), undefined)
    await send('/item')
    assert.deepEqual([counts().hit, counts().miss, counts().invalidated], [0, 2, 1])
  })
})

test('a write that fails, and a safe method, leave what is kept', async () => {
  for (const [method, status] of [
    ['PUT', 400],
    ['PUT', 500],
    ['OPTIONS', 200],
  ] as const) {
    const { send } = await subject({}, { origin: request => new Reply(request.method === 'GET' ? 200 : status) })
    await send('/item')
    await send('/item', { method })
    assert.match(told(await send('/item'))!, /^hit/)
  }
})

test('with one key for everybody writes touch nothing', async () => {
  const { send } = await subject({ key: 'my_data' })
  await send('/item')
  await send('/item', { method: 'PUT' })
  assert.match(told(await send('/item'))!, /^hit/)
})

test('whatever is written and asked for, nothing older than the last write of its URI counts, and marks are bounded', () => {
  const uri = fc.nat(9).map(at => `/${at}`)
  fc.assert(
    fc.property(
      fc.array(fc.tuple(uri, fc.boolean()), { maxLength: 60 }),
      fc.integer({ min: 1, max: 4 }),
      (steps, max) => {
        const writes = new Writes(max)
        const lastWrite = new Map<string, number>()
        const askedAt: { uri: string; epoch: number }[] = []
        for (const [one, isWrite] of steps) {
          if (isWrite) {
            writes.add(one)
            lastWrite.set(one, writes.count)
          } else {
            assert.equal(writes.outdate(one, writes.count), false, 'what is asked for now is up to date')
            askedAt.push({ uri: one, epoch: writes.count })
          }
          for (const { uri: each, epoch } of askedAt) {
            if (epoch < (lastWrite.get(each) ?? 0)) assert.equal(writes.outdate(each, epoch), true)
          }
        }
        if (lastWrite.size <= max) {
          for (const { uri: each, epoch } of askedAt) {
            assert.equal(writes.outdate(each, epoch), epoch < (lastWrite.get(each) ?? 0))
          }
        }
      },
    ),
  )
})
