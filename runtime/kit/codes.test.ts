import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { CODES } from './codes.ts'

const document = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8')
const rows = [...document.matchAll(/^\| `([A-Z_]+)` \| (.+?) \| (.+?) \|$/gm)].map(([, code, meaning, mend]) => ({
  code,
  meaning,
  mend,
}))

test('docs/errors.md has every code of the table once, in its order and with its meaning', () => {
  const documented = rows.map(({ code, meaning }) => [code, meaning])
  assert.deepEqual(documented, Object.entries(CODES))
})

test('docs/errors.md says for every code what to do', () => {
  for (const { code, mend } of rows) assert.ok(mend!.trim().length > 10, code)
})

test('a code begins with the area it is about', () => {
  for (const code of Object.keys(CODES))
    assert.match(code, /^(TOPOLOGY|LAB|LOAD|CLI|IMPORT|OPERATION|SESSION|PROFILE)_[A-Z_]+$/)
})
