import assert from 'node:assert/strict'
import { test } from 'node:test'
import { resolveImport, scan, sourceFiles } from './source-files.ts'

// Put together here, so that this file does not seem to import anything.
const IMPORT = 'import'

test('imports of every form are found with their lines, and none in comments and texts', () => {
  const text = [
    "import a from 'one'",
    'import {',
    '  b,',
    "} from './two.ts'",
    "import type { C } from 'three'",
    "import { type D, type E } from 'four'",
    "import { type F, g } from 'five'",
    "import * as h from 'six'",
    "export * from './seven.ts'",
    "export type { I } from 'eight'",
    "import 'nine'",
    `const j = await ${IMPORT}('ten')`,
    `type K = typeof ${IMPORT}('eleven')`,
    "// import x from 'comment'",
    "/* import x from 'comment' */",
    'const t = `',
    "import x from 'template'",
    '`',
    'const quote = /["\']/g',
    "export const from = 'string'",
  ].join('\n')
  const { imports, strings } = scan(text)
  assert.deepEqual(
    imports.map(one => `${one.specifier}:${one.line}${one.typeOnly ? ' type' : ''}`).sort(),
    [
      'one:1',
      './two.ts:4',
      'three:5 type',
      'four:6 type',
      'five:7',
      'six:8',
      './seven.ts:9',
      'eight:10 type',
      'nine:11',
      'ten:12',
      'eleven:13 type',
    ].sort(),
  )
  assert.deepEqual(strings.at(-1), { value: 'string', line: 20 })
})

test('comments, texts and regular expressions do not confuse what follows them on a line', () => {
  const { code, strings } = scan("const a = '// no comment'; const b = /[/'\"]/ ; call('x') // call('y')")
  assert.deepEqual(
    strings.map(one => one.value),
    ['// no comment', 'x'],
  )
  assert.ok(code.includes("call('x')") && !code.includes("call('y')"))
})

test('an import is resolved against the file it stands in', () => {
  assert.equal(resolveImport('runtime/host/host.ts', './memory.ts'), 'runtime/host/memory.ts')
  assert.equal(resolveImport('runtime/replica/link/a.ts', '../../kit/index.ts'), 'runtime/kit/index.ts')
})

test('files of the workspace are found, those of installed packages are not', () => {
  const paths = sourceFiles().map(file => file.path)
  assert.ok(paths.includes('test/source-files.test.ts') && paths.includes('runtime/kit/message.ts'))
  assert.deepEqual(
    paths.filter(path => path.includes('node_modules')),
    [],
  )
})
