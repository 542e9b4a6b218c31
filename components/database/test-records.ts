import assert from 'node:assert/strict'
import { bodyText } from '@archlab/runtime/kit'
import fc from 'fast-check'
import { seedRecords } from './seed.ts'
import { type Check, etagOf, jsonOf, type Subject } from './test-subject.ts'

/** Reading, writing and listing records without conditions. */
export function describeRecords(check: Check): void {
  check('components that start at once make one data set, filled once', async ({ replicas }) => {
    const pages = await Promise.all(replicas.map(({ send }) => send('GET', '/records?limit=1000')))
    const [first, ...others] = pages.map(jsonOf)
    const seeds = seedRecords(20).sort((a, b) => (a.id < b.id ? -1 : 1))
    assert.deepEqual(
      first.records.map(({ id, value }: { id: string; value: unknown }) => ({ id, value })),
      seeds.map(({ id, body }) => ({ id, value: JSON.parse(body) })),
    )
    for (const other of others) assert.deepEqual(other, first)
    for (const { context } of replicas) assert.equal(context.gauge.connected.value, 1)
  })

  check('the message is read from its table', async ({ send, context }) => {
    assert.deepEqual(jsonOf(await send('GET', '/db')), { message: 'Fetched fresh data from DB' })
    assert.equal(context.count.reads.value, 1)
  })

  check('a record is made, read, changed and removed, with another entity tag each time', async ({ send, context }) => {
    const made = await send('PUT', '/records/new', '{"a":1}')
    assert.deepEqual([made.status, made.header('location')], [201, '/records/new'])
    const read = await send('GET', '/records/new')
    assert.deepEqual([read.status, read.header('content-type'), jsonOf(read)], [200, 'application/json', { a: 1 }])
    assert.equal(etagOf(read), etagOf(made))
    const changed = await send('PUT', '/records/new', '{"a":1}')
    assert.deepEqual([changed.status, changed.header('location')], [204, undefined])
    assert.equal((await send('HEAD', '/records/new')).header('etag'), etagOf(changed))
    assert.equal((await send('DELETE', '/records/new')).status, 204)
    assert.equal((await send('GET', '/records/new')).status, 404)
    assert.equal((await send('DELETE', '/records/new')).status, 404)
    const again = await send('PUT', '/records/new', '{"a":1}')
    assert.equal(again.status, 201)
    assert.equal(new Set([made, changed, again].map(etagOf)).size, 3)
    const { reads, writes } = context.count
    assert.deepEqual([reads.value, writes.value], [3, 4])
  })

  check('any JSON comes back byte for byte', async ({ send }) => {
    const bodies = fc.oneof(
      fc.json().map(text => ` ${text}\n`),
      fc.constantFrom('{"a":1,"a":2}', '1e400', '"\\u0000\\ud800"', '[ ]', '"é\u{1f600}"', '{"__proto__":{"x":1}}'),
    )
    await fc.assert(
      fc.asyncProperty(bodies, async body => {
        const put = await send('PUT', '/records/any', body)
        assert.ok([201, 204].includes(put.status), body)
        const read = await send('GET', '/records/any')
        assert.equal(bodyText(read.body), body)
        assert.equal(etagOf(read), etagOf(put))
      }),
      { numRuns: 100 },
    )
  })

  check('pages of any size tell every record once, in the order of the ids, and name the next', async ({ send }) => {
    for (const id of ['a', 'B', '_', '~.-', 'Z9', 'a0'.repeat(64)]) await send('PUT', `/records/${id}`, '{}')
    const whole = await follow(send, '/records?limit=1000')
    assert.equal(whole.length, 26)
    assert.deepEqual(whole, [...whole].sort())
    for (const limit of [1, 2, 5, 25, 26, 27]) assert.deepEqual(await follow(send, `/records?limit=${limit}`), whole)
    assert.deepEqual(await follow(send, '/records?after=Z9'), whole.slice(whole.indexOf('Z9') + 1))
    const { records, next } = jsonOf(await send('GET', '/records?limit=2'))
    assert.deepEqual([records.length, next], [2, `/records?after=${records[1].id}&limit=2`])
    const [record] = records
    const read = await send('GET', `/records/${record.id}`)
    assert.deepEqual([etagOf(read), jsonOf(read)], [record.etag, record.value])
  })

  check(
    'a page ends after a megabyte, and the next goes on from there',
    async ({ send }) => {
      const body = JSON.stringify('x'.repeat(400_000))
      for (let id = 0; id < 7; id++) assert.equal((await send('PUT', `/records/${id}`, body)).status, 201)
      assert.equal(jsonOf(await send('GET', '/records')).records.length, 3)
      assert.equal((await follow(send, '/records')).length, 7)
    },
    { records: 0, 'max-record': '1mb' },
  )

  describeRefusals(check)
}

function describeRefusals(check: Check): void {
  check(
    'what is no record, no id or no page is refused, and nothing is stored',
    async ({ send, context }) => {
      const cases: [number, string, string, string?, string?][] = [
        [400, 'PUT', '/records/a', ''],
        [400, 'PUT', '/records/a', '{'],
        [415, 'PUT', '/records/a', '{}', '\ncontent-type: text/plain'],
        [413, 'PUT', '/records/a', JSON.stringify('ü'.repeat(50))],
        [400, 'PUT', '/records/a', '{}', '\ncontent-range: bytes 0-1/4'],
        [400, 'PUT', '/records/a', '{}', '\nif-match: unquoted'],
        [400, 'DELETE', '/records/a', '', '\nif-none-match: *, "a"'],
        [400, 'PUT', '/records/a%20b', '{}'],
        [400, 'PUT', '/records/%C3%BC', '{}'],
        [400, 'GET', '/records/a%00'],
        [400, 'GET', `/records/${'a'.repeat(129)}`],
        [400, 'GET', '/records?limit=0'],
        [400, 'GET', '/records?limit=1001'],
        [400, 'GET', '/records?limit=ten'],
        [400, 'GET', '/records?after=%00'],
        [400, 'GET', '/changes?after=-1'],
        [404, 'GET', '/records/'],
        [404, 'GET', '/records/a/b'],
        [405, 'POST', '/records', '{}'],
        [405, 'PATCH', '/records/1', '{}'],
      ]
      for (const [status, method, path, body = '', headers = ''] of cases) {
        assert.equal((await send(method, path, body, headers)).status, status, `${method} ${path} ${body} ${headers}`)
      }
      assert.equal((await send('GET', '/records/a')).status, 404)
      assert.equal(context.count.writes.value, 0)
      assert.equal(context.count.store_failures.value, 0)
    },
    { 'max-record': '100b' },
  )
}

/** The ids of all pages from `path` on. */
async function follow(send: Subject['send'], path: string): Promise<string[]> {
  const ids: string[] = []
  for (let next: string | undefined = path; next !== undefined; ) {
    const reply = await send('GET', next)
    assert.equal(reply.status, 200, next)
    const page = jsonOf(reply)
    ids.push(...page.records.map(({ id }: { id: string }) => id))
    assert.equal(reply.header('link'), page.next && `<${page.next}>; rel="next"`)
    next = page.next
  }
  return ids
}
