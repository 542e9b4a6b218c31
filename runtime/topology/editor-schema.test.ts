import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { Ajv } from 'ajv'
import { parse } from 'yaml'
import { codes, loadText } from './fixtures/load-text.ts'
import { catalogs } from './fixtures/modules/catalogs.ts'
import { editorSchema, schemaText } from './index.ts'

const { broken: _, ...sound } = catalogs.components
const schema = await editorSchema({ ...catalogs, components: sound })
const validate = new Ajv({ strict: false, allErrors: true }).compile(schema)

const VALID = `
# every form that the loader takes
name: lab
seed: 3
transport: channel
threads: "\${THREADS:-4}"
x-base: &base { kind: service, workers: 3 }
components:
  edge: { kind: balancer, port: 8000, to: gate, policy: { weighted-round-robin: { gate: 3 } }, timeout: "\${WAIT:-2s}" }
  gate:
    kind: gate
    ports: [5000, "\${PORT:-5003}"]
    access: links
    host: ::1
    body-limit: 64 KB
    resources: { requests: { memory: 16 MB, cpu: 0.5 }, limits: { memory: 64mb, cpu: "\${CPU:-750m}" } }
    routes:
      - { match: GET /data, to: [one, two], policy: random, path: /x, reply: { status: 202, json: [1] } }
      - { match: /late, to: one, transport: http, timeout: 250 ms, tactics: [guard: { with: vault }] }
    tactics:
      - limit: { max: "\${MAX:-5}", per: 1.5h, match: GET /data, scope: component, report-only: true }
      - memo
      - memo:
      - memo: { store: [vault, last] }
      - memo: { store: { to: [vault, last], policy: { consistent-hash: { key: path } }, timeout: 1s } }
  one:
    <<: *base
    latency: { hyperexponential: { mean: 10ms, cv: 2 } }
    steps: [1s, 2M, 3us]
    share: 5 %
    speed: 30 / m
    pool: { size: 3 }
    links: { database: store, audit: { to: [store], path: /log } }
  two: { <<: *base, latency: 10ms, verbose: "\${VERBOSE:-false}", order: "\${ORDER:-lifo}", links: { database: [store] } }
  store: { kind: store, mirror: "\${MIRROR:-vault}" }
  vault: { kind: vault, algorithm: HS256, users: [a, b], links: { ledger: last } }
  last: { kind: store }
workloads: { browse: { entry: edge, arrivals: { poisson: 50/s }, duration: 30s, requests: [{ request: GET /data }] } }
scenarios: { peak: { stimulus: browse, expect: [errors < 1%] } }
experiments: { pays: { question: Why?, workload: browse, variants: { with: {}, without: { tactics.memo: off }, same: } } }
`

test('every form that the loader takes fits the editor schema', async () => {
  const { problems } = await loadText(VALID)
  assert.deepEqual(problems, [])
  assert.equal(validate(parse(VALID, { merge: true })), true, JSON.stringify(validate.errors, null, 1))
})

test('a kind and a tactic given by path fit the editor schema', () => {
  const text = `components: { a: { kind: ./mine.ts, port: 1, anything: 5, tactics: [./other.ts, { ./other.ts: { max: 1 } }] } }`
  assert.equal(validate(parse(text)), true)
})

/** Mistakes that only the loader can see: they are about names, other values, or the text itself. */
const LOADER_ONLY =
  /^(alias|check|cycle|duplicate|measurement|scenario-e|merge|modules|no-routes|open-links|port-|replicas-and|routes|scope|self|several|tactic-match|two-doc|unknown-link-target|unreachable|variable|units|workload-rules|not-yaml|tabs|colon)/

test('mistakes of shape are also mistakes in the editor', () => {
  const folder = new URL('./fixtures/broken/', import.meta.url)
  const files = readdirSync(folder).filter(file => file.endsWith('.yaml') && !LOADER_ONLY.test(file))
  assert.ok(files.length >= 20)
  for (const file of files) {
    const value = parse(readFileSync(new URL(file, folder), 'utf8'), { merge: true, logLevel: 'silent' })
    assert.equal(validate(value), false, file)
  }
})

test('settings carry their documentation, unit and default, but no secret one', () => {
  const { 'kind-service': service, 'kind-vault': vault } = schema.definitions as Record<
    string,
    { properties: Record<string, { description: string; default?: unknown }>; description: string }
  >
  assert.equal(service!.description, 'Answers from its database.')
  assert.match(service!.properties.workers!.description, /How many do the work\. \(threads\)/)
  assert.equal(service!.properties.workers!.default, 2)
  assert.equal(vault!.properties.users!.default, undefined)
})

test('a schema that a module gives of a setting is in force, with the words that the loader has for units', () => {
  const text = (script: string): string => `components: { a: { kind: caller, port: 1, script: ${script} } }`
  assert.equal(
    validate(parse(text('[{ call: b }, { call: c, within: 5 ms }, { call: c, within: "\u0024{WAIT}" }]'))),
    true,
  )
  for (const wrong of ['{ call: b }', '[{ within: 5ms }]', '[{ call: b, wihtin: 5ms }]', '[{ call: b, within: 5 }]']) {
    assert.equal(validate(parse(text(wrong))), false, wrong)
  }
})

test('links of any name fit where a kind has open links, and names that no link can have do not', () => {
  const text = (links: string): string => `components: { a: { kind: caller, port: 1, links: ${links} } }`
  assert.equal(validate(parse(text('{ b: b, audit: { to: [b, c], timeout: 1s } }'))), true)
  assert.equal(validate(parse(text('{ Data_1: b }'))), false)
  assert.equal(validate(parse(text('{ b: { too: b } }'))), false)
})

test('two modules whose schemas use one name for different things are refused', async () => {
  const other = `data:text/javascript,${encodeURIComponent(`export default {
    kind: 'other', summary: 'x', create() {},
    settings: { a: { 'x-archlab': 'any', description: 'x', 'x-editor': { schema: {}, definitions: { 'caller-step': {} } } } },
  }`)}`
  await assert.rejects(editorSchema({ ...catalogs, components: { ...sound, other } }), /are called "caller-step"/)
})

test('the schema is draft-07 and valid against its own meta-schema', async () => {
  assert.equal(schema.$schema, 'http://json-schema.org/draft-07/schema#')
  assert.equal(new Ajv({ strict: false }).validateSchema(schema), true)
  assert.deepEqual(JSON.parse(await schemaText({ ...catalogs, components: sound })), schema)
})

test('a text form with a sign is refused by loader and editor alike', async () => {
  const text = 'components: { a: { kind: service, port: 5001, ttl: -0s } }'
  assert.deepEqual(codes(await loadText(text)), ['BAD_UNIT'])
  assert.equal(validate(parse(text)), false)
})
