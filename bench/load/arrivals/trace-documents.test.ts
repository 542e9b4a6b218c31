import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { parseTrace } from './trace.ts'

test('the traces of docs/workloads.md can be read, one of each sort', () => {
  const document = readFileSync(new URL('../../../docs/workloads.md', import.meta.url), 'utf8')
  const traces = [...document.matchAll(/^```csv\n([\s\S]*?)^```/gm)].map(([, text]) => parseTrace(text!))
  assert.deepEqual(
    traces.map(({ type }) => type),
    ['times', 'rates'],
  )
})
