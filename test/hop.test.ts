import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { Agent } from 'node:http'
import { type TestContext, test } from 'node:test'
import { components } from '@archlab/components/catalog'
import { startLab } from '@archlab/runtime/whole-lab'
import { tactics } from '@archlab/tactics/catalog'
import fc from 'fast-check'
import type { Seen } from './support/echo.ts'
import { overTheWire, type WireAnswer, type WireRequest } from './support/hop-client.ts'

/* A hop changes nothing: client → edge (load-balancer) → echo, over both transports, real sockets and threads. */

const TOPOLOGY = { file: new URL('./support/hop.yaml', import.meta.url).pathname }
const MEGABYTE = 1024 * 1024
/** What a proxy adds, in this order, behind the fields of the client. */
const ADDED = [
  ['x-forwarded-for', '127.0.0.1'],
  ['x-forwarded-proto', 'http'],
  ['forwarded', 'for=127.0.0.1;proto=http'],
]
/** Fields that the server of the entry writes for itself. */
const OWN_REPLY_FIELDS = new Set([
  'x-archlab-replica',
  'date',
  'uwebsockets',
  'content-length',
  'connection',
  'keep-alive',
])

type Send = (request: WireRequest) => Promise<WireAnswer>

async function start(t: TestContext, transport: string): Promise<Send> {
  const set = [`components.edge.transport=${transport}`]
  const { url, logged } = await startLab(t, TOPOLOGY, { catalogs: { components, tactics }, set })
  const agent = new Agent({ keepAlive: true, maxSockets: 16 })
  t.after(() => agent.destroy())
  t.after(() => assert.deepEqual(logged, [], 'nothing was logged'))
  const port = Number(new URL(url('edge')).port)
  return request => overTheWire(port, agent, request)
}

/** Sends the request and asserts that the echo saw exactly it. */
async function assertPassesUnchanged(send: Send, request: WireRequest): Promise<void> {
  const { status, body } = await send(request)
  assert.equal(status, 200, body.toString().slice(0, 200))
  const seen = JSON.parse(body.toString()) as Seen
  const mark = request.target.indexOf('?')
  assert.deepEqual(
    { method: seen.method, path: seen.path, query: seen.query, headers: seen.headers, body: seen.body },
    {
      method: request.method,
      path: mark < 0 ? request.target : request.target.slice(0, mark),
      query: mark < 0 ? '' : request.target.slice(mark + 1),
      headers: [...(request.fields ?? []), ...ADDED],
      body: Buffer.from(request.body ?? []).toString('base64'),
    },
  )
}

const passedOn = (answer: WireAnswer): [string, string][] =>
  answer.fields.filter(([name]) => !OWN_REPLY_FIELDS.has(name))
const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

// ---- what clients may send -----------------------------------------------------------------------------------------

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PURGE', 'REPORT', 'M-SEARCH']
const TARGETS = [
  '/',
  '//',
  '///a//b/',
  '/a/',
  '/a%2Fb',
  '/%00',
  '/%',
  '/%zz',
  '/%2e%2e/%2E%2E',
  '/../..',
  '/./a',
  '/a;b=c',
  '/a?b?c=%',
  '/?',
  '/?&&==',
  '/a?b#c',
  '/a+b?c+d',
  "/!$&'()*+,;=:@~-._",
  '/"<>\\^`{|}',
  '/å/日本語/😀?ключ=значение',
  `/${'a'.repeat(3000)}`,
  `/a?${'q'.repeat(3000)}`,
]

const method = fc.oneof(
  fc.constantFrom(...METHODS),
  fc.stringMatching(/^[A-Z][A-Z-]{0,11}$/).filter(name => name !== 'HEAD' && name !== 'CONNECT'),
)
const target = fc
  .oneof(
    fc.constantFrom(...TARGETS),
    fc.stringMatching(/^\/[!-~]{0,40}$/),
    fc.string({ unit: 'grapheme', maxLength: 20 }).map(text => `/${text.replace(/[\s\x00-\x20\x7f]/g, '')}`),
  )
  .filter(text => !/^\/(raw|reply|throw|hang|slow)(\/|\?|$)/.test(text))
  // What octets that are not UTF-8 come out as: refused, since nobody can tell what was meant.
  .filter(text => !text.includes('\ufffd'))
const fieldName = fc
  .stringMatching(/^x-[a-z0-9!#$%&'*+.^_`|~-]{1,12}$/)
  .filter(name => !/^x-(forwarded|archlab)-/.test(name))
// uWebSockets.js takes octets above 127 at either end of a value for blanks and drops them, so values begin and end in ASCII.
const fieldValue = fc.oneof(
  fc.constantFrom('', 'a', 'a, b,, c', 'a: b', '"quoted; =value"', 'a\tb', 'aé€😀z'),
  fc.stringMatching(/^[!-~]([ -~]{0,30}[!-~])?$/),
  fc.string({ unit: 'grapheme', maxLength: 10 }).map(text => `<${text.replace(/[\x00-\x1f\x7f]/g, '')}>`),
)
const fields = fc.array(fc.tuple(fieldName, fieldValue), { maxLength: 12 }).chain(list =>
  // Some names twice, so that repeated fields and their order are tried.
  fc.shuffledSubarray([...list, ...list.slice(0, 3)], { minLength: list.length }),
)
const bytes = fc.oneof(
  fc.constant(new Uint8Array(0)),
  fc.uint8Array({ minLength: 1, maxLength: 1 }),
  fc.uint8Array({ maxLength: 3000 }),
  fc.json().map(text => Buffer.from(text)),
)

for (const transport of ['channel', 'http']) {
  test(`over ${transport}`, async t => {
    const send = await start(t, transport)

    await t.test('any request reaches the component byte for byte', async () => {
      const requests = fc.record({ method, target, fields, body: bytes, chunked: fc.boolean() })
      const property = fc.asyncProperty(requests, request => assertPassesUnchanged(send, request))
      await fc.assert(property, { numRuns: 300 })
    })

    await t.test('every odd path and query passes unchanged', async () => {
      for (const target of TARGETS) await assertPassesUnchanged(send, { method: 'GET', target })
    })

    await t.test('every method passes unchanged, with and without a body', async () => {
      for (const method of METHODS) {
        await assertPassesUnchanged(send, { method, target: '/m' })
        await assertPassesUnchanged(send, { method, target: '/m', body: Buffer.from('b') })
      }
    })

    await t.test('repeated header fields keep their order, empty values stay', async () => {
      const fields = [
        ['x-a', '1'],
        ['cookie', 'a=1'],
        ['x-empty', ''],
        ['x-a', '2'],
        ['accept', 'text/html'],
        ['cookie', 'b=2'],
        ['x-a', '1'],
        ['x-utf-8', 'größer €5 <日本語>'],
      ] as const
      await assertPassesUnchanged(send, { method: 'GET', target: '/h', fields })
    })

    await t.test('fields of the connection are not passed on, also when Connection is repeated', async () => {
      const { body } = await send({
        method: 'GET',
        target: '/h',
        fields: [
          // Not of five letters: uWebSockets.js takes those for "close".
          ['connection', 'x-first'],
          ['x-first', '1'],
          ['connection', 'x-second, keep-alive'],
          ['x-second', '2'],
          ['te', 'trailers'],
          ['keep-alive', 'timeout=5'],
          ['x-third', '3'],
        ],
      })
      assert.deepEqual((JSON.parse(body.toString()) as Seen).headers, [['x-third', '3'], ...ADDED])
    })

    for (const chunked of [false, true]) {
      const how = chunked ? 'in chunks' : 'with its length'
      await t.test(`a binary body of 0 bytes, 1 byte and 1 MB sent ${how} comes back the same`, async () => {
        for (const size of [0, 1, MEGABYTE]) {
          const body = randomBytes(size)
          const answer = await send({ method: 'PUT', target: '/raw', body, chunked })
          assert.equal(answer.status, 200)
          assert.equal(answer.body.length, size)
          assert.equal(digest(answer.body), digest(body))
        }
      })
    }

    await t.test('a JSON body in UTF-8 comes back the same', async () => {
      const body = Buffer.from(JSON.stringify({ текст: 'größer', '😀': ['日本語', '\u0000', '\ufeff'] }))
      const answer = await send({ method: 'POST', target: '/raw', body })
      assert.deepEqual(answer.body, body)
    })

    await t.test('many large bodies at once do not mix', async () => {
      const bodies = Array.from({ length: 16 }, () => randomBytes(MEGABYTE / 4))
      const answers = await Promise.all(bodies.map(body => send({ method: 'POST', target: '/raw', body })))
      assert.deepEqual(
        answers.map(answer => digest(answer.body)),
        bodies.map(digest),
      )
    })

    await t.test('every final status passes, with its body where it may have one', async () => {
      for (let status = 200; status <= 599; status++) {
        const body = Buffer.from(`body of ${status}`)
        const answer = await send({ method: 'POST', target: `/reply/${status}`, body })
        assert.equal(answer.status, status)
        assert.deepEqual(answer.body, status === 204 || status === 304 ? Buffer.alloc(0) : body, String(status))
      }
    })

    await t.test('a 204 and a 304 announce no length', async () => {
      for (const status of [204, 304]) {
        const { fields } = await send({ method: 'GET', target: `/reply/${status}` })
        assert.equal(
          fields.some(([name]) => name === 'content-length'),
          false,
        )
      }
    })

    await t.test('any reply header fields come back in order', async () => {
      const reply = fc.array(fc.tuple(fieldName, fieldValue), { maxLength: 12 })
      const property = fc.asyncProperty(reply, async fields => {
        const body = Buffer.from(JSON.stringify(fields))
        assert.deepEqual(passedOn(await send({ method: 'POST', target: '/reply/200?headers', body })), fields)
      })
      await fc.assert(property, { numRuns: 100 })
    })

    await t.test('repeated Set-Cookie lines and values that end beyond ASCII come back as they were', async () => {
      const fields = [
        ['set-cookie', 'a=1; Path=/'],
        ['x-place', 'là'],
        ['set-cookie', 'b=2, 3'],
        ['x-empty', ''],
        ['x-place', 'é'],
      ]
      const body = Buffer.from(JSON.stringify(fields))
      const answer = await send({ method: 'POST', target: '/reply/201?headers', body })
      assert.deepEqual(passedOn(answer), fields)
      assert.equal(answer.body.length, 0)
    })

    await t.test('HEAD has the status, the fields and the length of GET, and no body', async () => {
      for (const target of ['/raw', '/head']) {
        const get = await send({ method: 'GET', target })
        // The echo names the method and the time in its body, which makes lengths differ a little.
        const head = await send({ method: 'HEAD', target })
        const length = (answer: WireAnswer): number =>
          Number(answer.fields.find(([name]) => name === 'content-length')?.[1])
        assert.equal(head.status, get.status)
        assert.equal(head.body.length, 0)
        assert.deepEqual(passedOn(head), passedOn(get))
        assert.ok(Math.abs(length(head) - length(get)) <= 20, `${length(head)} ${length(get)}`)
        assert.equal(length(head) > 0, get.body.length > 0)
      }
    })
  })
}
