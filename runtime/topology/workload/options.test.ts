import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { formatProblems } from '../format.ts'
import type { WorkloadSpec } from '../workload-spec.ts'
import { type OptionText, type WorkloadOptions, workloadOf } from './options.ts'

const option = (name: string, text: string): OptionText => ({ option: name, text })
const URL_OPTION = option('--url', 'http://127.0.0.1:8000/data?full=1')

function read(options: WorkloadOptions): WorkloadSpec {
  const { workload, problems } = workloadOf({ url: URL_OPTION, ...options })
  assert.deepEqual(problems, [])
  return workload!
}

test('an address alone is ten users for ten seconds', () => {
  assert.deepEqual(read({}), {
    name: 'url',
    target: { url: 'http://127.0.0.1:8000' },
    arrivals: {
      type: 'closed',
      users: 10,
      think: { type: 'constant', valueMs: 0 },
      spawnPerSecond: null,
      iterations: null,
    },
    durationMs: 10_000,
    warmupMs: 0,
    login: null,
    requests: [
      {
        name: 'GET /data?full=1',
        request: { method: 'GET', path: '/data?full=1' },
        weight: 1,
        count: null,
        headers: {},
        json: null,
        bodyBytes: 0,
        keys: {},
      },
    ],
    timeoutMs: 10_000,
    overload: { inFlightMax: 10, policy: 'queue' },
  })
})

test('connections are users, and with a rate the most requests under way', () => {
  const closed = read({ connections: option('-c', '64') })
  assert.equal(closed.arrivals.type === 'closed' && closed.arrivals.users, 64)
  const open = read({ connections: option('-c', '64'), rate: option('-R', '2000') })
  assert.deepEqual(open.arrivals, { type: 'constant', perSecond: 2000 })
  assert.deepEqual(open.overload, { inFlightMax: 64, policy: 'queue' })
  assert.equal(read({ rate: option('-R', '5/m') }).overload.inFlightMax, 1000)
  const random = read({ rate: option('-R', '5/m'), process: option('--process', 'poisson') })
  assert.deepEqual(random.arrivals, { type: 'poisson', perSecond: 5 / 60 })
})

test('bare numbers are seconds', () => {
  const given = { duration: option('-d', '30'), warmup: option('-w', ' 2.5 '), timeout: option('-t', '3') }
  const { durationMs, warmupMs, timeoutMs } = read(given)
  assert.deepEqual([durationMs, warmupMs, timeoutMs], [30_000, 2500, 3000])
  assert.equal(read({ duration: option('-d', '2m') }).durationMs, 120_000)
})

test('a count ends the run without a duration', () => {
  const { durationMs, requests } = read({ count: option('-n', '500') })
  assert.deepEqual([durationMs, requests[0]!.count], [null, 500])
})

test('a body makes a POST request, unless there is a method', () => {
  const posted = read({ json: option('--json', '{"task":["report",1,null]}') })
  assert.deepEqual(posted.requests[0]!.request, { method: 'POST', path: '/data?full=1' })
  assert.deepEqual(posted.requests[0]!.json, { task: ['report', 1, null] })
  const put = read({ method: option('-m', 'PUT'), size: option('--size', '2kb') })
  assert.deepEqual([put.requests[0]!.request.method, put.requests[0]!.bodyBytes], ['PUT', 2048])
})

const ADDRESSES: readonly [string, string, string][] = [
  ['http://h:1', 'http://h:1', '/'],
  ['http://h:1?a=1', 'http://h:1', '/?a=1'],
  ['https://h/a/b/', 'https://h', '/a/b/'],
  ['localhost:8000/data', 'http://localhost:8000', '/data'],
  [' [::1]:8000 ', 'http://[::1]:8000', '/'],
]

for (const [text, url, path] of ADDRESSES) {
  test(`the address "${text}" is ${url} and ${path}`, () => {
    const { target, requests } = read({ url: option('--url', text) })
    assert.deepEqual([target, requests[0]!.request.path], [{ url }, path])
  })
}

test('header fields are read as on the wire, and credentials are kept but not shown', () => {
  const headers = ['X-Mine: a: b', 'authorization:Bearer hunter2', 'X-Empty:'].map(text => option('-H', text))
  const { workload, shown, sources } = workloadOf({ url: URL_OPTION, headers })
  assert.deepEqual(workload!.requests[0]!.headers, {
    'X-Mine': 'a: b',
    authorization: 'Bearer hunter2',
    'X-Empty': '',
  })
  assert.deepEqual(shown!.requests[0]!.headers, { 'X-Mine': 'a: b', authorization: '***', 'X-Empty': '' })
  assert.deepEqual({ ...shown, requests: [] }, { ...workload, requests: [] })
  assert.doesNotMatch(JSON.stringify([shown, sources]), /hunter2/)
})

/** Options, and of each problem its code, the option and the column. */
const WRONG: readonly [string, WorkloadOptions, string[]][] = [
  ['no address', { url: undefined }, ['MISSING_SETTING']],
  [
    'a user in an address of another scheme',
    { url: option('--url', `ftp://me:hunter2${'x'.repeat(60)}@h/`) },
    ['BAD_FORMAT --url:1'],
  ],
  ['another scheme', { url: option('--url', 'ftp://h/data') }, ['BAD_FORMAT --url:1']],
  ['a user in the address', { url: option('--url', 'http://me:hunter2@h/') }, ['BAD_FORMAT --url:1']],
  ['a fragment', { url: option('--url', 'http://h/a#b') }, ['BAD_FORMAT --url:1']],
  ['no number of connections', { connections: option('-c', 'many') }, ['WRONG_TYPE -c:1']],
  ['too many connections', { connections: option('-c', '100000') }, ['OUT_OF_RANGE -c:1']],
  ['no connections for a rate', { connections: option('-c', '0'), rate: option('-R', '5') }, ['OUT_OF_RANGE -c:1']],
  ['a rate of 0', { rate: option('-R', '0') }, ['OUT_OF_RANGE -R:1']],
  ['no rate', { rate: option('-R', 'fast') }, ['BAD_UNIT -R:1']],
  ['no process', { rate: option('-R', '5'), process: option('--process', 'even') }, ['UNKNOWN_VALUE --process:1']],
  ['no duration', { duration: option('-d', '10 parsecs') }, ['BAD_UNIT -d:1']],
  ['an empty duration', { duration: option('-d', '') }, ['BAD_UNIT -d:1']],
  ['a long warm-up', { duration: option('-d', '5'), warmup: option('-w', '5s') }, ['OUT_OF_RANGE -w:1']],
  ['a method in small letters', { method: option('-m', 'get') }, ['BAD_FORMAT -m:1']],
  ['a GET with a body', { method: option('-m', 'GET'), json: option('--json', '{}') }, ['SETTINGS_CONFLICT --json:1']],
  ['no JSON', { json: option('--json', '{a: 1}') }, ['BAD_FORMAT --json:1']],
  ['a prototype', { json: option('--json', '{"__proto__": {"a": 1}}') }, ['BAD_FORMAT --json:1']],
  ['two bodies', { json: option('--json', '{}'), size: option('--size', '1kb') }, ['SETTINGS_CONFLICT --size:1']],
  ['no header field', { headers: [option('-H', 'X-Mine')] }, ['BAD_FORMAT -H:1']],
  ['a reserved field', { headers: [option('-H', 'Host: h')] }, ['HEADER_RESERVED -H:1']],
  ['a field with a bad value', { headers: [option('-H', 'Cookie: hunter2\n')] }, []],
  ['a field with a break inside', { headers: [option('-H', 'Cookie: hunter2\nX: y')] }, ['BAD_FORMAT -H:9']],
  ['a field twice', { headers: [option('-H', 'X: a'), option('-H', 'X: b')] }, ['DUPLICATE_KEY -H #2:1']],
  [
    'a field twice in other letters',
    { headers: [option('-H', 'X: a'), option('-H', 'x: b')] },
    ['DUPLICATE_KEY -H #2:1'],
  ],
  ['a count of 0', { count: option('-n', '0') }, ['OUT_OF_RANGE -n:1']],
  [
    'a count that cannot be reached',
    { count: option('-n', '11'), rate: option('-R', '10'), duration: option('-d', '1') },
    ['OUT_OF_RANGE -d:1'],
  ],
  [
    'several at once',
    { connections: option('-c', '-1'), duration: option('-d', 'soon'), size: option('--size', '5') },
    ['OUT_OF_RANGE -c:1', 'BAD_UNIT -d:1', 'BAD_UNIT --size:1'],
  ],
]

for (const [what, options, expected] of WRONG) {
  test(`${what}: ${expected.join(', ') || 'is well'}`, () => {
    const { workload, shown, problems, sources } = workloadOf({ url: URL_OPTION, ...options })
    const found = problems.map(({ code, where }) => {
      const place = where ? ` ${where.file}:${where.column}` : ''
      return code.replace('TOPOLOGY_', '') + place
    })
    assert.deepEqual(found.sort(), [...expected].sort())
    assert.deepEqual([workload === null, shown === null], [expected.length > 0, expected.length > 0])
    assert.doesNotMatch(formatProblems(problems, sources), /hunter2/)
  })
}

test('a problem is shown with the text of its option', () => {
  const { problems, sources } = workloadOf({ url: URL_OPTION, duration: option('-d', 'soon') })
  const shown = formatProblems(problems, sources)
  assert.match(shown, /^-d:1:1 {2}TOPOLOGY_BAD_UNIT {2}workload\.duration: "soon" is not a duration\n +1 \| soon\n/)
  assert.match(shown, /\^\^\^\^/)
})

test('no options whatever make it throw', () => {
  const names = [
    'url',
    'connections',
    'rate',
    'process',
    'duration',
    'warmup',
    'timeout',
    'count',
    'method',
    'json',
    'size',
  ]
  const texts = fc.record(Object.fromEntries(names.map(name => [name, fc.string().map(text => option(name, text))])), {
    requiredKeys: [],
  })
  const headers = fc.array(fc.string().map(text => option('-H', text)))
  fc.assert(
    fc.property(texts, headers, (options, headers) => {
      const { workload, problems } = workloadOf({ ...options, headers })
      assert.equal(workload === null, problems.length > 0)
    }),
    { numRuns: 500 },
  )
})
