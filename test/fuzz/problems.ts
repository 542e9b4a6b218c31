import assert from 'node:assert/strict'
import { CODES } from '@archlab/runtime/kit'
import { formatProblems, type Problem, problemsJson, type SourceText } from '@archlab/runtime/topology'

/** Codes of what is about no place in a text. */
const PLACELESS: readonly string[] = ['TOPOLOGY_MORE_PROBLEMS', 'TOPOLOGY_UNREADABLE', 'TOPOLOGY_MISSING_SETTING']

/** Every problem has a known code, words, and a place that is in its text; all of them can be shown. */
export function checkProblems(problems: readonly Problem[], sources: readonly SourceText[]): void {
  const texts = new Map(sources.map(({ name, text }) => [name, text]))
  for (const { code, message, where } of problems) {
    assert.ok(Object.hasOwn(CODES, code), `the code ${code} is known`)
    assert.ok(message.length > 0, `${code} has words`)
    if (!where) {
      assert.ok(PLACELESS.includes(code), `${code} has a place: ${message}`)
      continue
    }
    if (where.file === 'command line') continue
    const text = texts.get(where.file)
    assert.ok(text !== undefined, `${code} lies in a text that is there, not in ${where.file}`)
    const line = text.split('\n')[where.line - 1]
    assert.ok(line !== undefined, `${code} lies in a line that is there, not in ${where.line}`)
    assert.ok(where.column >= 1 && where.column <= line.length + 1, `${code} lies within line ${where.line}`)
  }
  formatProblems(problems, sources, { colour: false })
  JSON.stringify(problemsJson(problems))
}
