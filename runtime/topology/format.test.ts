import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadText } from './fixtures/load-text.ts'
import { formatProblems, problemsJson } from './format.ts'
import type { Problem } from './problems.ts'

const TYPO = `components:
  edge: { kind: balancer, port: 8000, to: aip }
  api: { kind: service }
`

function at(line: number, column: number, width: number, message = 'wrong'): Problem {
  const where = { file: 'lab.yaml', line, column, path: '' }
  return { code: 'TOPOLOGY_WRONG_TYPE', severity: 'error', message, where, width }
}

test('a problem is shown with place, code, path, the line, a caret under the value, and a hint', async () => {
  const { problems, sources } = await loadText(TYPO)
  const text = formatProblems(problems, sources).split('\n')
  assert.match(
    text[0]!,
    /lab\.yaml:2:43 {2}TOPOLOGY_UNKNOWN_COMPONENT {2}components\.edge\.to: no component is called "aip"$/,
  )
  assert.equal(text[1], '    2 |   edge: { kind: balancer, port: 8000, to: aip }')
  assert.equal(text[2], `      | ${' '.repeat(42)}^^^`)
  assert.equal(text[3], '  hint: did you mean "api"? there are: edge, api')
})

test('the caret stands under the value also behind tabs and in long lines', () => {
  const text = `\tkey: value\n${'x'.repeat(300)}VALUE${'y'.repeat(300)}`
  const source = [{ name: 'lab.yaml', text }]
  const [, line, caret] = formatProblems([at(1, 7, 5)], source).split('\n')
  assert.equal(line!.indexOf('value'), caret!.indexOf('^'))
  assert.match(caret!, /\t/)
  const [, long, below] = formatProblems([at(2, 301, 5)], source).split('\n')
  assert.ok(long!.length < 140)
  assert.equal(long!.indexOf('VALUE'), below!.indexOf('^^^^^'))
})

test('control characters of a file do not reach the terminal', () => {
  const source = [{ name: 'lab.yaml', text: 'a: \x1b[31mred\x07' }]
  const text = formatProblems([at(1, 4, 3, 'the text "\x1b]0;title\x07"')], source)
  assert.doesNotMatch(text, /[\x1b\x07]/)
})

test('colour is only there when asked for', async () => {
  const { problems, sources } = await loadText(TYPO)
  assert.doesNotMatch(formatProblems(problems, sources, { colour: false }), /\x1b/)
  assert.match(formatProblems(problems, sources, { colour: true }), /\x1b\[31mTOPOLOGY_UNKNOWN_COMPONENT\x1b\[39m/)
})

test('a problem without a place is one line', () => {
  const text = formatProblems([{ ...at(1, 1, 1), where: null }], [])
  assert.equal(text, 'TOPOLOGY_WRONG_TYPE  wrong')
})

test('the JSON of a problem is flat', async () => {
  const { problems } = await loadText(TYPO)
  const [one] = problemsJson(problems) as [Record<string, unknown>]
  assert.deepEqual(
    [one.code, one.severity, one.line, one.column, one.path],
    ['TOPOLOGY_UNKNOWN_COMPONENT', 'error', 2, 43, 'components.edge.to'],
  )
})
