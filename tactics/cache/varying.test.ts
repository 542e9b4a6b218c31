import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Handler, headers, Reply, Request } from '@archlab/runtime/kit'
import { settle } from '@archlab/runtime/testing'
import { CacheKeys } from './cache-key.ts'
import { Entry } from './entry.ts'
import { slowOrigin, subject, told } from './test-subject.ts'
import { type Variants, variantFor, withVariant } from './variants.ts'

/** Answers in the language asked for. */
const polyglot: Handler = request => {
  const language = request.header('accept-language') ?? 'none'
  return new Reply(200, headers({ vary: 'Accept-Language' }), language)
}
const in_ = (language: string) => ({
  headers: headers({ 'accept-language': language, 'x-other': String(Math.random()) }),
})
const as = (who: string) => ({ headers: headers({ authorization: `Bearer ${who}` }) })

describe('a reply that varies', () => {
  test('is kept once for each value of the fields it names', async () => {
    const { send, asked } = await subject({}, { origin: polyglot })
    assert.equal(told(await send('/data', in_('en'))), 'fwd=uri-miss; stored')
    assert.equal(told(await send('/data', in_('de'))), 'fwd=vary-miss; stored')
    for (const language of ['en', 'de', 'en']) {
      const hit = await send('/data', in_(language))
      assert.deepEqual([hit.body, told(hit)], [language, 'hit; ttl=30'])
    }
    assert.equal((await send()).body, 'none')
    assert.equal(asked.length, 3)
  })

  test('has no more than max-variants under one key; the oldest leaves and is counted', async () => {
    const { send, asked, counts, context } = await subject({ 'max-variants': 3 }, { origin: polyglot })
    for (const language of ['a', 'b', 'c', 'd', 'e']) await send('/data', in_(language))
    assert.deepEqual([counts().variants_dropped, context.gauge.entries.value], [2, 1])
    for (const language of ['c', 'd', 'e']) assert.match(told(await send('/data', in_(language)))!, /^hit/)
    await send('/data', in_('a'))
    assert.equal(asked.length, 6)
  })

  test('is not given to those who joined with other values: each variant is fetched once', async () => {
    const { origin, answer, waiting } = slowOrigin()
    const { send, asked, counts } = await subject({}, { origin })
    const languages = Array.from({ length: 30 }, (_, at) => ['en', 'de', 'fr'][at % 3]!)
    const replies = languages.map(language => send('/data', in_(language)))
    await settle()
    assert.equal(waiting.length, 1)
    await answer(new Reply(200, '\nvary: accept-language', 'en'))
    assert.equal(waiting.length, 2)
    const [second, third] = waiting.splice(0)
    second!(new Reply(200, '\nvary: accept-language', 'de'))
    third!(new Reply(200, '\nvary: accept-language', 'fr'))
    const bodies = (await Promise.all(replies)).map(reply => reply.body)
    assert.deepEqual(bodies, languages)
    assert.equal(asked.length, 3)
    assert.equal(counts().miss, 30)
  })

  test('does not keep an origin that cannot make up its mind from answering everybody', async () => {
    const { origin, answer } = slowOrigin()
    const { send, counts } = await subject({}, { origin })
    const replies = ['en', 'de', 'fr', 'de'].map(language =>
      send('/data', { headers: headers({ a: language, b: language }) }),
    )
    for (const field of ['a', 'b', 'a', 'b', 'a']) await answer(new Reply(200, headers({ vary: field }), field))
    assert.equal((await Promise.all(replies)).length, 4)
    assert.equal(counts().miss, 4)
  })

  test('is revalidated variant by variant', async () => {
    const { send, clock, asked } = await subject({ 'stale-while-revalidate': '1h' }, { origin: polyglot })
    await send('/data', in_('en'))
    await send('/data', in_('de'))
    await clock.advance(31_000)
    for (const language of ['en', 'de', 'de']) assert.equal((await send('/data', in_(language))).body, language)
    await settle()
    assert.equal(asked.length, 4)
    for (const language of ['en', 'de']) assert.equal(told(await send('/data', in_(language))), 'hit; ttl=30')
  })
})

describe('private answers', () => {
  const personal = (request: Request): Reply => new Reply(200, '', request.header('authorization') ?? 'nobody')

  test('are never shared between tokens, whether they come together or one after the other', async () => {
    const tokens = ['ann', 'bob', 'eve', 'ann', 'bob', 'eve']
    const { send, asked } = await subject({}, { origin: async request => personal(request) })
    for (let round = 0; round < 2; round++) {
      const replies = await Promise.all([...tokens.map(who => send('/me', as(who))), send('/me')])
      assert.deepEqual(
        replies.map(reply => reply.body),
        [...tokens.map(who => `Bearer ${who}`), 'nobody'],
      )
    }
    assert.equal(asked.length, 4)
  })

  test('nor stale, nor in place of a failure', async () => {
    let isDown = false
    const origin: Handler = request => (isDown ? new Reply(503) : personal(request))
    const { send, clock } = await subject({ 'stale-while-revalidate': '1m', 'stale-if-error': '1h' }, { origin })
    await send('/me', as('ann'))
    isDown = true
    for (const waitMs of [31_000, 60_000]) {
      await clock.advance(waitMs)
      assert.equal((await send('/me', as('ann'))).body, 'Bearer ann')
      assert.equal((await send('/me', as('eve'))).status, 503)
      assert.equal((await send('/me')).status, 503)
    }
  })

  test('with one key for everybody they are separate as soon as the reply varies with Authorization', async () => {
    const origin: Handler = request => personal(request).with({ headers: '\nvary: authorization' })
    const { send, asked } = await subject({ key: 'my_data' }, { origin })
    for (const who of ['ann', 'bob', 'ann', 'bob']) assert.equal((await send('/me', as(who))).body, `Bearer ${who}`)
    assert.equal(asked.length, 2)
  })

  test('private, no-store and Set-Cookie replies are given to the one who asked and not kept', async () => {
    for (const fields of [{ 'cache-control': 'private' }, { 'cache-control': 'no-store' }, { 'set-cookie': 'a=1' }]) {
      const { send, asked } = await subject({}, { origin: async () => new Reply(200, headers(fields), 'x') })
      await Promise.all([send(), send(), send()])
      assert.equal(asked.length, 3)
    }
  })
})

describe('the variants under one key', () => {
  const keys = new CacheKeys(undefined, '')
  const limits = { entries: 3, bytes: 10 }
  const entry = (vary: string, language: string, body = 'x'): Entry => {
    const verdict = { shareable: true, vary, ttlMs: 1000, staleWhileRevalidateMs: 0, staleIfErrorMs: 0 }
    const selection = keys.selection(vary, new Request({ method: 'GET', path: '/', ...in_(language) }))
    return Entry.of(new Reply(200, '', body), 0, verdict, selection, 0)
  }
  const bodies = (variants: Variants): unknown[] => variants.map(one => one.body)
  const VARY = 'accept-language'

  test('a new one takes the place of that with the same values', () => {
    const before = [entry(VARY, 'en', 'old'), entry(VARY, 'de', 'other')]
    const { variants, dropped } = withVariant(before, entry(VARY, 'en', 'new'), limits)
    assert.deepEqual([bodies(variants), dropped], [['new', 'other'], 0])
  })

  test('together they stay within the bytes, but the newest always stays', () => {
    const before = [entry(VARY, 'en', '12345'), entry(VARY, 'de', '12345')]
    assert.deepEqual(bodies(withVariant(before, entry(VARY, 'fr', '54321'), limits).variants), ['54321', '12345'])
    assert.deepEqual(bodies(withVariant(before, entry(VARY, 'fr', 'x'.repeat(20)), limits).variants), ['x'.repeat(20)])
  })

  test('a reply that varies no more replaces all, and one that begins to vary replaces that', () => {
    const plain = entry('', 'en', 'plain')
    assert.deepEqual(bodies(withVariant([entry(VARY, 'en'), entry(VARY, 'de')], plain, limits).variants), ['plain'])
    assert.deepEqual(bodies(withVariant([plain], entry(VARY, 'de', 'de'), limits).variants), ['de'])
  })

  test('of several that fit the newest is chosen', () => {
    const request = new Request({ method: 'GET', path: '/', ...in_('en') })
    const both = [entry(VARY, 'en', 'by language'), entry('accept', 'en', 'by type')]
    assert.equal(variantFor(both, request, keys)?.body, 'by language')
    assert.equal(variantFor([...both].reverse(), request, keys)?.body, 'by type')
    assert.equal(variantFor([], request, keys), undefined)
  })
})
