import assert from 'node:assert/strict'
import { test } from 'node:test'
import { components } from '@archlab/components/catalog'
import { tactics } from '@archlab/tactics/catalog'
import fc from 'fast-check'
import { loadText } from './fixtures/load-text.ts'
import { formatProblems, problemsJson } from './format.ts'
import { holdsPassword, withoutPasswords } from './passwords.ts'
import { redact } from './redact.ts'

test('the password of an address is replaced by as many asterisks, and nothing else is', () => {
  const cases: Record<string, string> = {
    'redis://user:hunter2@127.0.0.1:6379/0': 'redis://user:*******@127.0.0.1:6379/0',
    'redis://:hunter2@localhost': 'redis://:*******@localhost',
    'redis-cluster://u:p@a:1,b:2': 'redis-cluster://u:*@a:1,b:2',
    'postgres://u:p@ss/word@db/lab': 'postgres://u:*********@db/lab',
    'postgres://db/lab?user=u&password=hunter2&x=1': 'postgres://db/lab?user=u&password=*******&x=1',
    "store: 'amqp://guest:guest@h' # why": "store: 'amqp://guest:*****@h' # why",
  }
  for (const [text, masked] of Object.entries(cases)) {
    assert.equal(withoutPasswords(text), masked)
    assert.equal(holdsPassword(text), true, text)
  }
  for (const text of ['redis://127.0.0.1:6379/0', 'memory', 'http://host:80/a', 'a:b@c', 'user@host', 'x: y']) {
    assert.equal(withoutPasswords(text), text)
    assert.equal(holdsPassword(text), false, text)
  }
})

test('no password of a well-formed address is left', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 3 }), fc.domain(), (password, host) => {
      const written = encodeURIComponent(`~~${password}`)
      const masked = withoutPasswords(`redis://user:${written}@${host}:1/0`)
      assert.equal(masked, `redis://user:${'*'.repeat(written.length)}@${host}:1/0`)
    }),
  )
})

const CATALOGS = { components, tactics }
const lab = (rest: string): string => `
components:
  cache: { kind: cache, port: 8000, store: "redis://user:hunter2@127.0.0.1:6379" ${rest}}
experiments:
  stores: { question: Which, workload: none, variants: { other: { components.cache.store: "redis://u:hunter2@h" } } }
`

test('an address with a password is a secret wherever it stands in a topology, one without is none', async () => {
  const { topology } = await loadText(lab('').replace(/experiments[\s\S]*/, ''), { catalogs: CATALOGS })
  assert.equal(topology!.components.cache!.settings.store, 'redis://user:hunter2@127.0.0.1:6379')
  assert.doesNotMatch(JSON.stringify(redact(topology!)), /hunter2/)
  const open = await loadText('components: { cache: { kind: cache, port: 8000, store: "redis://h:1" } }', {
    catalogs: CATALOGS,
  })
  assert.match(JSON.stringify(redact(open.topology!)), /redis:\/\/h:1/)
})

test('no problem shows the password of an address, in whatever way the file is broken', async () => {
  const broken = [
    lab(', ttl: 5'),
    lab(', tll: 5s'),
    lab(', max-entries: 5'),
    lab(', timeout: 0s'),
    lab('').replace('kind: cache', 'kind: redis'),
    lab('').replace('store: "redis', 'store: "redis:'),
    lab('').replace('hunter2@127', 'hunter2@:127'),
    lab('').replace('kind: cache,', 'kind: cache: {'),
    lab(''),
  ]
  for (const text of broken) {
    for (const set of [
      [],
      ['components.cache.store=redis://u:hunter2@h:x'],
      ['components.cash.store=redis://u:hunter2@h'],
    ]) {
      const { problems, sources } = await loadText(text, { catalogs: CATALOGS, set })
      assert.ok(problems.length > 0)
      const shown = formatProblems(problems, sources) + JSON.stringify([problemsJson(problems), sources])
      assert.doesNotMatch(shown, /hunter2/, text)
    }
  }
})
