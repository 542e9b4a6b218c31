import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { DEPTH_MAX, ENDPOINTS_MAX, STEPS_MAX } from './script.ts'
import { readScript } from './script-reader.ts'

type Expected = readonly [path: string, message: RegExp, hint?: RegExp]

/** Problems as `path`, and `path!` where the key itself is the mistake. */
const problemsOf = (settings: Record<string, unknown>) =>
  readScript(settings).problems.map(({ path, key, message, hint = '' }) => ({
    path: `${path.join('.')}${key ? '!' : ''}`,
    message,
    hint,
  }))

function refuses(settings: Record<string, unknown>, expected: readonly Expected[]): void {
  const found = problemsOf(settings)
  assert.deepEqual(
    found.map(({ path }) => path),
    expected.map(([path]) => path),
    JSON.stringify(found),
  )
  for (const [index, [, message, hint]] of expected.entries()) {
    assert.match(found[index]!.message, message)
    assert.ok(found[index]!.hint !== '', `${found[index]!.message}: no hint`)
    if (hint) assert.match(found[index]!.hint, hint)
  }
}

const EVERYTHING = {
  endpoints: {
    'GET /orders': [
      { work: { exponential: '5ms' } },
      { work: { sleep: '5ms' } },
      { work: { cpu: { erlang: { k: 2, mean: '4ms' } } } },
      { call: 'a' },
      { call: 'b', request: 'POST /orders', json: { amount: 3 }, chance: '30%' },
      { call: 'b', size: '10kb' },
      { parallel: [{ call: 'a' }, [{ call: 'd' }, { work: '1ms' }], { parallel: [{ call: 'a' }] }] },
      { fail: '1%' },
      { fail: '1%', status: 503, chance: '50%' },
      { fail: '1%', status: '429' },
      { respond: { status: 201, json: { ok: true } }, chance: '50%' },
      { respond: { size: '2kb' } },
    ],
    '/x/*': [],
  },
}

test('the whole language is read without a problem', () => {
  const { endpoints, problems, calls } = readScript(EVERYTHING)
  assert.deepEqual(problems, [])
  assert.deepEqual(
    calls.map(({ name, path }) => `${name} ${path.slice(1).join('.')}`),
    [
      'a GET /orders.3.call',
      'b GET /orders.4.call',
      'b GET /orders.5.call',
      'a GET /orders.6.parallel.0.call',
      'd GET /orders.6.parallel.1.0.call',
      'a GET /orders.6.parallel.2.parallel.0.call',
    ],
  )
  assert.deepEqual(
    endpoints!.map(({ match, steps }) => [match, steps.length]),
    [
      [{ method: 'GET', path: '/orders' }, 12],
      [{ method: '*', path: '/x/*' }, 0],
    ],
  )
  assert.deepEqual(readScript({}).endpoints, undefined)
  assert.deepEqual(readScript({ script: [] }).endpoints, [{ match: { method: '*', path: '/*' }, steps: [] }])
})

const MISTAKES: readonly (readonly [string, Record<string, unknown>, readonly Expected[]])[] = [
  ['endpoints and script together', { endpoints: { '/': [] }, script: [] }, [['script!', /both/, /keep one of them/]]],
  ['endpoints that are a list', { endpoints: [] }, [['endpoints', /mapping of endpoints, not a list/, /GET \/orders/]]],
  ['no endpoint', { endpoints: {} }, [['endpoints', /no endpoint/]]],
  [
    'a match that is none, and one that is never asked',
    { endpoints: { 'get /x': [], '/a/*': [], 'GET /a/b': [] } },
    [
      ['endpoints.get /x!', /"get" is not a method/, /METHOD \/path/],
      ['endpoints.GET /a/b!', /"\/a\/\*" above takes all/, /move it above/],
    ],
  ],
  [
    'an endpoint without steps',
    { endpoints: { '/': null } },
    [['endpoints./', /list of steps, not nothing/, /work: 5ms/]],
  ],
  ['a script that is no list', { script: { call: 'a' } }, [['script', /a list of steps, not a mapping/]]],
  [
    'steps that are none',
    { script: ['a', null, {}, { chance: '5%' }, [{ call: 'a' }]] },
    [
      ['script.0', /a step, not the text "a"/],
      ['script.1', /not nothing/],
      ['script.2', /says not what to do/],
      ['script.3', /says not what to do/],
      ['script.4', /not a list/],
    ],
  ],
  [
    'steps that nobody knows, also those of other tools',
    { script: [{ calls: 'a' }, { sleep: '5ms' }, { concurrent: [] }, { constructor: 1 }] },
    [
      ['script.0.calls!', /no step is called "calls"/, /work, call, parallel, fail and respond/],
      ['script.1.sleep!', /"sleep"/, /write work: 5ms/],
      ['script.2.concurrent!', /"concurrent"/, /write parallel/],
      ['script.3.constructor!', /"constructor"/, /is one of/],
    ],
  ],
  [
    'two steps in one entry',
    { script: [{ call: 'a', work: '5ms' }] },
    [['script.0.call!', /second step in one entry, which is "work"/, /hyphen/]],
  ],
  [
    'keys that a step does not have',
    { script: [{ call: 'a', reqest: 'GET /' }, { work: '1ms', status: 5 }, { respond: { staus: 200 } }] },
    [
      ['script.0.reqest!', /"call" has no setting "reqest"/, /call, request, json, size, chance/],
      ['script.1.status!', /"work" has no setting "status"/, /work, chance/],
      ['script.2.respond.staus!', /"respond" has no setting "staus"/, /status, json, size/],
    ],
  ],
  [
    'chances that are none',
    {
      script: [
        { call: 'a', chance: '101%' },
        { call: 'a', chance: 0.3 },
        { call: 'a', chance: '-1%' },
      ],
    },
    [
      ['script.0.chance', /more than 100%/, /percentage/],
      ['script.1.chance', /0\.3 is not a percentage/],
      ['script.2.chance', /negative/],
    ],
  ],
  [
    'work that cannot be read',
    {
      script: [
        { work: 5 },
        { work: { cpu: '5' } },
        { work: { sleep: '1ms', cpu: '1ms' } },
        { work: { gaussian: '1ms' } },
        { work: { cpu: '1ms', mean: 3 } },
        { work: null },
      ],
    },
    [
      ['script.0.work', /5 has no unit|no unit/],
      ['script.1.work.cpu', /no unit/],
      ['script.2.work.cpu!', /already/, /two steps/],
      ['script.3.work', /no distribution is called "gaussian"/],
      ['script.4.work.mean!', /already/],
      ['script.5.work', /null is not a duration/],
    ],
  ],
  [
    'calls of nobody',
    { script: [{ call: 5 }, { call: null }, { call: ['a', 'b'] }] },
    [
      ['script.0.call', /name of a link or component, not 5/],
      ['script.1.call', /not nothing/],
      ['script.2.call', /not a list/],
    ],
  ],
  [
    'request lines that are none',
    {
      script: ['get /x', 'GET', 'orders', 'GET /a b', 'GET /x#y', 'GET /\n', 5].map(request => ({
        call: 'a',
        request,
      })),
    },
    [0, 1, 2, 3, 4, 5, 6].map(index => [`script.${index}.request`, /a method and a path, not/, /GET \/data/] as const),
  ],
  [
    'bodies that cannot be sent',
    {
      script: [
        { call: 'a', request: 'POST /', json: {}, size: '1kb' },
        { call: 'a', request: 'GET /', json: {} },
        { call: 'a', request: 'HEAD /x', size: '1b' },
        { call: 'a', size: '5' },
        { call: 'a', size: '65mb' },
      ],
    },
    [
      ['script.0.size!', /second body/, /keep one/],
      ['script.1.request', /GET request has no body/],
      ['script.2.request', /HEAD request has no body/],
      ['script.3.size', /no unit/],
      ['script.4.size', /would take .* bytes/],
    ],
  ],
  [
    'groups that are none',
    { script: [{ parallel: [] }, { parallel: { call: 'a' } }, { parallel: [[], 'a'] }] },
    [
      ['script.0.parallel', /has no branch/],
      ['script.1.parallel', /a list of branches, not a mapping/],
      ['script.2.parallel.0', /an empty branch/],
      ['script.2.parallel.1', /a step, not the text/],
    ],
  ],
  [
    'respond in a branch',
    { script: [{ parallel: [{ respond: {} }, [{ call: 'a' }, { respond: {}, chance: '5%' }]] }, { call: 'a' }] },
    [
      ['script.0.parallel.0.respond!', /cannot stand in a branch/, /behind the parallel group/],
      ['script.0.parallel.1.1.respond!', /cannot stand in a branch/],
    ],
  ],
  [
    'replies that cannot be given',
    {
      endpoints: {
        '/a': [{ respond: { status: 600 } }],
        '/b': [{ respond: { status: 100 } }],
        '/c': [{ respond: { status: 'ok' } }],
        '/d': [{ respond: { status: 204, json: {} } }],
        '/e': [{ respond: 201 }],
        '/f': [{ respond: { json: {}, size: '1b' } }],
      },
    },
    [
      ['endpoints./a.0.respond.status', /from 200 to 599, not 600/],
      ['endpoints./b.0.respond.status', /from 200 to 599, not 100/],
      ['endpoints./c.0.respond.status', /the text "ok"/],
      ['endpoints./d.0.respond', /204 has no body/],
      ['endpoints./e.0.respond', /a mapping, not 201/],
      ['endpoints./f.0.respond.size!', /second body/],
    ],
  ],
  [
    'failures that cannot happen',
    { script: [{ fail: 1 }, { fail: '1%', status: 200 }, { fail: '1%', status: 4.5 }] },
    [
      ['script.0.fail', /not a percentage/],
      ['script.1.status', /from 400 to 599, not 200/],
      ['script.2.status', /from 400 to 599, not 4\.5/],
    ],
  ],
  [
    'steps that are never reached, each list told once',
    {
      endpoints: {
        '/a': [{ respond: {} }, { call: 'a' }, { call: 'a' }],
        '/b': [{ fail: '100%' }, { call: 'a' }],
        '/c': [{ parallel: [{ call: 'a' }, { fail: '100%' }] }, { call: 'a' }],
        '/d': [{ respond: {}, chance: '99%' }, { fail: '99%' }, { fail: '100%', chance: '1%' }, { call: 'a' }],
      },
    },
    [
      ['endpoints./a.1', /never reached/, /a chance/],
      ['endpoints./b.1', /never reached/],
      ['endpoints./c.1', /never reached/],
    ],
  ],
]

for (const [what, settings, expected] of MISTAKES) {
  test(`${what}: refused, with the place and a hint`, () => refuses(settings, expected))
}

test('all mistakes of a script are told at once, and the calls around them are found', () => {
  const { problems, calls } = readScript({ script: [{ call: 'a', x: 1 }, { work: 5 }, { call: 'b', chance: '200%' }] })
  assert.equal(problems.length, 3)
  assert.deepEqual(
    calls.map(({ name }) => name),
    ['a', 'b'],
  )
})

test('steps, endpoints, groups in groups and bytes of bodies have limits, each told once', () => {
  const many = Array.from({ length: STEPS_MAX }, () => ({ work: '0ms' }))
  assert.deepEqual(problemsOf({ script: many }), [])
  refuses({ script: [...many, { work: '0ms' }, { work: '0ms' }] }, [[`script.${STEPS_MAX}`, /one step more than/]])
  const table = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, at) => [`/${at}`, []]))
  assert.deepEqual(problemsOf({ endpoints: table(ENDPOINTS_MAX) }), [])
  refuses({ endpoints: table(ENDPOINTS_MAX + 1) }, [['endpoints', /201 endpoints; 200 are the most/]])
  const nested = (depth: number): object => (depth === 0 ? { call: 'a' } : { parallel: [nested(depth - 1)] })
  assert.deepEqual(problemsOf({ script: [nested(DEPTH_MAX)] }), [])
  assert.match(problemsOf({ script: [nested(DEPTH_MAX + 1)] })[0]!.message, /8 groups; 8 are the most/)
  const sized = (...sizes: string[]) => ({ script: sizes.map(size => ({ call: 'a', size })) })
  assert.deepEqual(problemsOf(sized('40mb', '40mb', '20mb')), [])
  refuses(sized('40mb', '30mb', '20mb'), [['script.1.size', /would take 73400320 bytes/]])
})

test('whatever stands in the settings, reading it does not throw, and calls are texts at their places', () => {
  const word = fc.constantFrom(
    'call',
    'work',
    'parallel',
    'fail',
    'respond',
    'chance',
    'request',
    'json',
    'size',
    'cpu',
  )
  const { script } = fc.letrec(tie => ({
    value: fc.oneof(fc.anything(), tie('step'), tie('script'), fc.constantFrom('a', '5ms', '30%', 'GET /', '1kb')),
    step: fc.dictionary(word, tie('value') as fc.Arbitrary<unknown>, { maxKeys: 3 }),
    script: fc.array(tie('step'), { maxLength: 4 }),
  }))
  fc.assert(
    fc.property(
      fc.oneof(script!, fc.anything()),
      fc.oneof(fc.constant(undefined), fc.anything()),
      (given, endpoints) => {
        const settings = { script: given, ...(endpoints === undefined ? {} : { endpoints }) }
        for (const { name, path } of readScript(settings).calls) {
          const found = path.reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], settings)
          assert.equal(found, name)
        }
      },
    ),
    { numRuns: 500 },
  )
})
