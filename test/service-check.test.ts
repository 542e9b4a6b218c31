import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { editorSchema, loadTopology } from '@archlab/runtime/topology'
import { Ajv } from 'ajv'
import { parse } from 'yaml'
import { catalogs } from './support/lab5.ts'

/* Scripts of services as `archlab check` and an editor see them. */

const SCRIPTS = `
components:
  c:
    kind: service
    port: 8000
    links: { b: { to: b, timeout: 500ms, tactics: [ { retry: {} } ] }, other: b }
    endpoints:
      GET /orders/:id:
        - work: { exponential: 5 ms }
        - work: { cpu: { erlang: { k: 2, mean: 4ms } } }
        - work: { sleep: "\u0024{WORK:-1ms}" }
        - call: a
        - { call: b, request: POST /orders, json: { amount: 3 }, chance: 30% }
        - { call: other, size: 10kb }
        - parallel: [ { call: a }, [ { call: a }, { work: 1ms } ], { parallel: [ { call: a, chance: 5% } ] } ]
        - { fail: 1% }
        - { fail: 1%, status: 503, chance: 50% }
        - respond: { status: 201, json: { ok: true } }
      /files/*: []
  a: { kind: service, script: [ { respond: { size: 2kb } } ] }
  b: { kind: service }
`

/** Problems of a topology text: code, place, and what a person reads. */
async function problemsOf(t: TestContext, text: string) {
  const folder = mkdtempSync(join(tmpdir(), 'archlab-service-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'topology.yaml')
  writeFileSync(file, text)
  const { problems } = await loadTopology(file, { catalogs, env: {} })
  return problems.map(({ code, where, message, hint }) => {
    return { at: `${code.replace('TOPOLOGY_', '')} ${where?.line}:${where?.column}`, message, hint: hint ?? '' }
  })
}

test('a script of every form passes the check, and fits the schema that editors complete from', async t => {
  assert.deepEqual(await problemsOf(t, SCRIPTS), [])
  const fits = new Ajv({ strict: false }).compile(await editorSchema(catalogs))
  assert.ok(fits(parse(SCRIPTS)), JSON.stringify(fits.errors))
  for (const wrong of [
    '{ wrok: 5ms }',
    '{ work: { cpu: 5ms, sleep: 1ms } }',
    '{ call: a, work: 5ms }',
    '{ call: a, reqest: GET / }',
    '{ call: a, chance: 0.3 }',
    '{ parallel: [] }',
    '{ parallel: [ { call: a, x: 1 } ] }',
    '{ fail: 1%, status: 200 }',
    '{ respond: { status: 99 } }',
    'call',
  ]) {
    assert.equal(fits(parse(`components: { c: { kind: service, script: [ ${wrong} ] } }`)), false, wrong)
  }
})

test('mistakes in a script are told at their line and column, each once, beside those of its links', async t => {
  const problems = await problemsOf(
    t,
    `components:
  c:
    kind: service
    port: 8000
    links: { b: bb }
    endpoints:
      GET /orders:
        - wrok: 5ms
        - { call: a, chance: 130% }
        - { call: aa, reqest: GET / }
        - parallel:
            - { respond: { status: 201 } }
            - [ { work: 5 }, { call: b } ]
        - { fail: 100% }
        - call: a
  a: { kind: service, script: [ { call: c } ] }
  b: { kind: service }
`,
  )
  assert.deepEqual(
    problems.map(({ at }) => at),
    [
      'UNKNOWN_COMPONENT 5:17',
      'SETTING_REFUSED 8:11',
      'SETTING_REFUSED 9:30',
      'UNKNOWN_COMPONENT 10:19',
      'SETTING_REFUSED 10:23',
      'SETTING_REFUSED 12:17',
      'SETTING_REFUSED 13:25',
      'SETTING_REFUSED 15:11',
      'LINK_CYCLE 16:41',
      'UNREACHABLE 17:3',
    ],
  )
  assert.match(problems[3]!.hint, /did you mean "a"\? there are: b, c, a/)
  assert.match(problems[4]!.message, /"call" has no setting "reqest"/)
  for (const { message, hint } of problems) assert.ok(hint !== '' || /cannot call itself/.test(message), message)
})
