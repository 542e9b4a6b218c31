import assert from 'node:assert/strict'
import { test } from 'node:test'
import { helpText, type Option, parseOptions, UsageError } from './options.ts'

const OPTIONS = {
  rounds: { type: 'integer', doc: 'Rounds.', default: 5, min: 1, max: 100 },
  only: { type: 'words', doc: 'Rows.' },
  kinds: { type: 'words', doc: 'Kinds.', default: ['hello'] },
  json: { type: 'flag', doc: 'JSON.' },
} as const satisfies Record<string, Option>

test('options that are absent have their defaults', () => {
  assert.deepEqual(parseOptions(OPTIONS, []), { rounds: 5, only: [], kinds: ['hello'], json: false })
})

test('options are decoded, lists by comma and by repetition', () => {
  const args = ['--rounds', '2', '--only', 'a, b', '--only=c', '--kinds', 'x', '--json']
  assert.deepEqual(parseOptions(OPTIONS, args), { rounds: 2, only: ['a', 'b', 'c'], kinds: ['x'], json: true })
})

test('wrong usage is refused: unknown options, stray words, numbers that are not whole or out of range', () => {
  for (const args of [
    ['--round', '2'],
    ['stray'],
    ['--rounds', 'many'],
    ['--rounds', '2.5'],
    ['--rounds', '0'],
    ['--rounds='],
    ['--rounds'],
  ]) {
    assert.throws(() => parseOptions(OPTIONS, args), UsageError, args.join(' '))
  }
})

test('the help names every option with its meaning and default', () => {
  const text = helpText('node main.ts', 'Measures.', OPTIONS)
  for (const name of Object.keys(OPTIONS)) assert.match(text, new RegExp(`--${name}`))
  assert.match(text, /Rounds\. \(default 5\)/)
})
