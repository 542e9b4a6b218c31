import { globSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { run } from 'node:test'
import { spec, tap } from 'node:test/reporters'
import { fileURLToPath } from 'node:url'
import { ALONE } from './units/alone.ts'

/*
 * The tests of the project. `npm test` runs all, each file in a process of its own, but those of functions, which share one by folder.
 * Whole labs come first: they wait a lot, so others fill their gaps, and none of them is left to run alone at the end.
 * `npm test -- tactics/cache verify` runs the files whose path contains one of these words.
 */

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const PATTERNS = [
  'test/*.test.ts',
  'test/fuzz/**/*.test.ts',
  'bench/**/*.test.ts',
  'components/**/*.test.ts',
  'test/units/*.test.ts',
]
const EVERYWHERE = ['{runtime,components,tactics,bench,test}/**/*.test.ts']
/** Files at once: one more than processors, since whole labs wait for time to pass. */
const CONCURRENCY = availableParallelism() + 1
const TIMEOUT_MS = 120_000

const words = process.argv.slice(2)
const files =
  words.length === 0
    ? [...PATTERNS.flatMap(found), ...ALONE]
    : EVERYWHERE.flatMap(found).filter(file => words.some(word => file.includes(word)))
if (files.length === 0) {
  console.error(`no test file's path contains ${words.join(' or ')}`)
  process.exit(2)
}

function found(pattern: string): string[] {
  return globSync(pattern, { cwd: ROOT, exclude: name => name === 'node_modules' }).sort()
}

run({
  files: files.map(file => ROOT + file),
  concurrency: CONCURRENCY,
  timeout: TIMEOUT_MS,
  execArgv: ['--import', `${ROOT}runtime/strip-cache.js`],
})
  .on('test:fail', ({ todo }) => {
    if (todo === undefined || todo === false) process.exitCode = 1
  })
  .compose(process.stdout.isTTY ? new spec() : tap)
  .pipe(process.stdout)
