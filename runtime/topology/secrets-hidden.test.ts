import assert from 'node:assert/strict'
import { test } from 'node:test'
import { components } from '@archlab/components/catalog'
import { tactics } from '@archlab/tactics/catalog'
import { effectiveChains, effectiveText } from './effective.ts'
import { loadText } from './fixtures/load-text.ts'
import { formatProblems, problemsJson } from './format.ts'
import { redact } from './redact.ts'
import { textWithoutSecrets } from './secret-names.ts'
import { shownValue } from './shown-value.ts'

/* Marked secrets at every place of a topology where one can stand, looked for in everything that is shown of it. */

const MARK = 'hunter2-and-much-more-so-that-it-is-long-enough'
const CATALOGS = { components, tactics }

const LAB = `
components:
  edge: { kind: load-balancer, port: 8000, to: gate }
  gate:
    kind: api-gateway
    routes:
      - match: GET /process
        to: service
        tactics: [{ auth: { verify: local, secret: ${MARK} } }]
      - { match: POST /login, to: login }
      - { match: GET /cache/a, to: cache }
  service: { kind: microservice }
  login:
    kind: login
    secret: ${MARK}
    users: [{ name: a, hash: "scrypt$16384$8$1$${'A'.repeat(22)}$hunter2AndMuchMoreSoThatItIsLongEnoughToBeOne" }]
  cache: { kind: cache, store: "redis://u:${MARK}@127.0.0.1:1" }
  database: { kind: database, port: 8004, store: "postgres://u:${MARK}@127.0.0.1:1/lab" }
  worker: { kind: worker, port: 8003, queue: "amqp://u:${MARK}@127.0.0.1:1" }
workloads:
  w:
    entry: edge
    arrivals: { poisson: 1/s }
    duration: 1s
    login: { request: POST /login, json: { username: a, password: ${MARK} }, token: token }
    requests:
      - { request: GET /data, headers: { cookie: "a=${MARK}", x-api-key: ${MARK} } }
      - { request: POST /x, json: { deep: [{ clientSecret: ${MARK} }] } }
scenarios:
  s:
    stimulus: w
    environment: [{ at: 0s, edit: { components.login.secret: ${MARK}, components.worker.queue: "amqp://u:${MARK}@h" } }]
    expect: [errors < 1%]
experiments:
  e: { question: q, workload: w, variants: { a: { components.login.secret: ${MARK} }, b: {} }, compare: [errors] }
`

test('what is shown of a topology that is right holds no secret', async () => {
  const { topology, problems } = await loadText(LAB, { catalogs: CATALOGS })
  assert.deepEqual(problems, [])
  assert.match(JSON.stringify(topology), /hunter2/)
  const shown = redact(topology!)
  const chains = effectiveChains(shown)
  assert.doesNotMatch(JSON.stringify([shown, chains]) + effectiveText(chains, false), /hunter2/)
})

/** Mistakes near secrets: of each the code frame shows the line in which a secret stands. */
const MISTAKES: readonly (readonly [string, string])[] = [
  ['kind: login', 'kind: lgin'],
  ['kind: api-gateway', 'kind: cache'],
  ['secret:', 'scret:'],
  ['hash:', 'hsh:'],
  ['store:', 'stre:'],
  ['queue:', 'quee:'],
  ['headers:', 'haders:'],
  ['login: {', 'login: ['],
  ['verify: local', 'verify: remote'],
  ['token: token', 'token: 5'],
  ['components.login.secret', 'components.lgin.secret'],
  ['duration: 1s', 'duration: x'],
  ['users: [{', 'users: [{ password: x,'],
  [`secret: ${MARK}`, `secret: [${MARK}]`],
  [`secret: ${MARK}`, 'secret: hunter2'],
]

test('no problem of a topology shows a secret', async () => {
  for (const [right, wrong] of MISTAKES) {
    const { problems, sources } = await loadText(LAB.replaceAll(right, wrong), { catalogs: CATALOGS })
    assert.ok(problems.length > 0, wrong)
    const shown =
      formatProblems(problems, sources, { colour: false }) + JSON.stringify([problemsJson(problems), sources])
    assert.doesNotMatch(shown, /hunter2/, wrong)
  }
})

const PATCHES = [
  `components.login.secret=[${MARK}]`,
  `components.lgin.secret=${MARK}`,
  `components.login.scret=${MARK}`,
  'components.login.secret=hunter2',
  `components.login.users.0.hash=${MARK}`,
  `components.gate.routes.0.tactics.auth.secret={ a: ${MARK} }`,
  `components.login={ kind: login, secret: ${MARK}, x: 1 }`,
  `components.login.users=[{ name: a, hash: ${MARK} }]`,
  `workloads.w.login.json.password=[${MARK}`,
  `components.cache.store=redis://u:${MARK}@h:x`,
]

test('no problem of a patch shows a secret', async () => {
  for (const set of PATCHES) {
    const { problems, sources } = await loadText(LAB, { catalogs: CATALOGS, set: [set] })
    assert.ok(problems.length > 0, set)
    assert.doesNotMatch(
      formatProblems(problems, sources) + JSON.stringify([problemsJson(problems), sources]),
      /hunter2/,
      set,
    )
  }
})

test('a text loses its secrets and nothing else, and keeps its length', () => {
  const cases: Record<string, string> = {
    'secret: abc, b: c': 'secret: ***, b: c',
    'components.a.secret=abc': 'components.a.secret=***',
    '{"password":"a b"}': '{"password":*****}',
    "x-api-key: 'a' # why": 'x-api-key: *** # why',
    'clientSecret: abc': 'clientSecret: ***',
    'hash: abc': 'hash: ***',
    'consistent-hash: header:x': 'consistent-hash: header:x',
    'secret: "\u0024{VARIABLE}"': 'secret: "\u0024{VARIABLE}"',
    'a.store=redis://u:pw@h': 'a.store=redis://u:**@h',
    'cookie-cutter: a': 'cookie-cutter: a',
  }
  for (const [text, shown] of Object.entries(cases)) assert.equal(textWithoutSecrets(text), shown)
})

test('a value of which nobody knows what it is loses what is a secret by its name', () => {
  assert.deepEqual(shownValue({ set: ['a.secret=abc', 'a.b=1'], edit: { 'a.password': 'abc', n: 5 }, none: null }), {
    set: ['a.secret=***', 'a.b=1'],
    edit: { 'a.password': '***', n: 5 },
    none: null,
  })
})
