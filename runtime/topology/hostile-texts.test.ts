import assert from 'node:assert/strict'
import { test } from 'node:test'
import { components } from '@archlab/components/catalog'
import { tactics } from '@archlab/tactics/catalog'
import { codes, loadText } from './fixtures/load-text.ts'
import type { LoadResult } from './load.ts'

/*
 * Texts that were found by `npm run fuzz`, or made like those: too deep, slow to read, or wrong where a value is asked for twice.
 */

const LIMIT_MS = 1000

async function inTime(act: () => Promise<LoadResult>): Promise<string[]> {
  const before = process.cpuUsage()
  const found = codes(await act())
  const { user, system } = process.cpuUsage(before)
  assert.ok((user + system) / 1000 < LIMIT_MS, `took ${(user + system) / 1000} ms`)
  return found
}

const lab = (name: string): string => `components: { ${name}: { kind: service, port: 8000 } }`

test('a long text without a blank in it', async () => {
  assert.deepEqual(await inTime(() => loadText('a'.repeat(200_000))), ['WRONG_TYPE'])
  assert.deepEqual(await inTime(() => loadText(`components: ${'a:b:c'.repeat(20_000)}`)), ['WRONG_TYPE'])
})

test('many variables that do not end', async () => {
  const text = `name: "${'\u0024{A:-'.repeat(900)}${'a'.repeat(900_000)}"\n${lab('a')}`
  assert.deepEqual(await inTime(() => loadText(text)), ['VARIABLE_MALFORMED'])
})

test('a path of a patch with many stars', async () => {
  const set = [30, 10_000].map(stars => `components.${'*a'.repeat(stars)}*b=1`)
  assert.deepEqual(await inTime(() => loadText(lab('a'.repeat(63)), { set })), ['SET_NO_MATCH', 'SET_NO_MATCH'])
})

test('a path of a patch with many parts', async () => {
  const set = [`components${'.components'.repeat(5000)}=1`]
  assert.deepEqual(await inTime(() => loadText(lab('a'), { set })), ['TOO_COMPLEX'])
})

test('a list in a list in a list', async () => {
  // Some of these end the whole process when the YAML library is asked to read them.
  const texts = ['- ', '? ', 'a: ? ? '].map(one => `components: ${one}${'? '.repeat(10_000)}`)
  for (const text of [...texts, '- '.repeat(10_000), nested(1300)]) {
    assert.deepEqual(await inTime(() => loadText(text)), ['TOO_COMPLEX'], text.slice(0, 30))
  }
})

/** Mappings that are nested by indentation. */
const nested = (depth: number): string => Array.from({ length: depth }, (_, at) => `${' '.repeat(at)}a:`).join('\n')

test('a setting without a value below a component that a scenario asks for figures', async () => {
  const text = `
components:
  a: { kind: cache, port: 8000, tactics: [{ cache: { ttl: } }] }
workloads:
  w: { entry: a, arrivals: { poisson: 1/s }, duration: 1s, requests: [{ request: GET / }] }
scenarios:
  s: { stimulus: w, expect: [errors < 1%] }
`
  assert.deepEqual(codes(await loadText(text, { catalogs: { components, tactics } })), ['WRONG_TYPE'])
})
