import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import type { TestContext } from 'node:test'
import { httpCall } from '@archlab/runtime/whole-lab'
import fc from 'fast-check'
import { openControl } from '../support/control.ts'
import { FuzzLab } from './fuzz-lab.ts'
import { type FuzzPart, probe } from './part.ts'
import { word } from './texts.ts'

const PATHS = [
  '/status',
  '/metrics',
  '/topology',
  '/events',
  '/logs',
  '/diff',
  '/healthz',
  '/operations',
  '/requests',
  '/profile',
]
const MEMBERS = [
  ...['set', 'file', 'inject', 'request', 'headers', 'json', 'action', 'of', 'interval', 'forMs', 'replicas'],
  ...['kill', 'slow', 'fault', 'partition', 'edit', 'hang', 'drain', 'by', 'for', 'ratio', 'status'],
]
/** Names of nobody: what is understood must not be carried out on this lab, or the rest would find another one. */
const VALUES = [
  'nobody',
  'nobody/0',
  'components.nobody.replicas=4',
  'GET /data',
  'start',
  'cpu',
  '1s',
  '5%',
  '/nowhere.yaml',
]

const value: fc.Arbitrary<unknown> = fc.letrec(tie => ({
  any: fc.oneof(
    { maxDepth: 3 },
    fc.oneof(fc.constantFrom(...VALUES), word, fc.integer(), fc.constantFrom(null, true)),
    fc.array(tie('any'), { maxLength: 3 }),
    fc.dictionary(fc.oneof(fc.constantFrom(...MEMBERS), word), tie('any'), { maxKeys: 3 }),
  ),
})).any
const body = fc.oneof(
  fc.dictionary(fc.constantFrom(...MEMBERS), value, { maxKeys: 4 }).map(one => JSON.stringify(one)),
  fc.dictionary(fc.constantFrom(...MEMBERS), value, { maxKeys: 4 }).map(one => JSON.stringify(one)),
  word,
  fc.nat(2000).map(depth => '['.repeat(depth)),
)

const input = fc.record({
  method: fc.constantFrom('GET', 'HEAD', 'POST', 'POST', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'),
  path: fc
    .tuple(
      fc.constantFrom(...PATHS, '/'),
      fc.constantFrom('', '', '', '?after=', '?of=', '/', '%00', '/../status'),
      word,
    )
    .map(([path, more, text]) => path + more + (more.startsWith('?') ? encodeURIComponent(text.toWellFormed()) : '')),
  host: fc.constantFrom('own', 'own', 'own', 'own', 'evil.example', '127.0.0.1', '[::1]', '0.0.0.0'),
  origin: fc.constantFrom(null, null, null, 'null', 'http://evil.example', 'http://localhost', 'own'),
  token: fc.constantFrom('right', 'right', 'none', 'wrong', 'longer', 'lower', 'basic'),
  body,
})

/** Requests to the control API: none crashes it, and without the token none changes anything. */
export const controlPart: FuzzPart = {
  name: 'control',
  about: 'paths, methods, fields, tokens and bodies at the control API of a real lab',
  alone: false,
  async prepare(t, given) {
    const lab = given ?? (await FuzzLab.start(t))
    const port = await openControl(t as TestContext, lab.under)
    const own = `127.0.0.1:${port}`
    const { json } = await httpCall(`http://${own}/operations`)
    const token = readFileSync(json.tokenFile, 'utf8').trim()
    const shown: Readonly<Record<string, string | undefined>> = {
      right: `Bearer ${token}`,
      none: undefined,
      wrong: `Bearer ${'x'.repeat(token.length)}`,
      longer: `Bearer ${token}x`,
      lower: `bearer ${token}`,
      basic: `Basic ${Buffer.from(token).toString('base64')}`,
    }
    const state = () => JSON.stringify([lab.under.lab.topology, lab.under.lab.events])
    const before = state()
    return probe({
      inputs: input,
      async check({ method, path, host, origin, token: which, body }) {
        const authorization = shown[which]
        const headers = {
          host: host === 'own' ? own : host,
          ...(origin === null ? {} : { origin: origin === 'own' ? `http://${own}` : origin }),
          ...(authorization === undefined ? {} : { authorization }),
        }
        const isRead = method === 'GET' || method === 'HEAD'
        const reply = await httpCall(`http://${own}${path}`, { method, headers, ...(isRead ? {} : { body }) })
        const { status, text } = reply
        assert.ok(status < 500 || /"code": ?"(OPERATION_FAILED|LAB_[A-Z_]+)"/.test(text), `answered ${status}: ${text}`)
        assert.doesNotMatch(
          text,
          /TypeError|RangeError|is not a function|Cannot read|\n\s+at /,
          'no mistake of the program shows',
        )
        assert.ok(!text.includes(token), 'the token is not told')
        // What is too long is refused before anybody looks at them.
        if (status === 414 || status === 431) return
        if (host !== 'own' || (origin !== null && origin !== 'own')) assert.equal(status, 403)
        else if (!isRead && which !== 'right') assert.ok([401, 404, 405].includes(status), `answered ${status}`)
        assert.equal(state(), before, 'nothing has changed')
      },
      finish: () => lab.assertWell(),
    })
  },
}
