import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { closureOf, withoutVersion } from './closure.ts'
import { adoptSources, sourcesOf } from './own-modules.ts'

function folder(t: TestContext, files: Readonly<Record<string, string>>) {
  const path = mkdtempSync(join(tmpdir(), 'archlab-'))
  t.after(() => rmSync(path, { recursive: true, force: true }))
  const write = (name: string, text: string): void => writeFileSync(join(path, name), text)
  for (const [name, text] of Object.entries(files)) write(name, text)
  return { path, write, of: (name: string) => closureOf(join(path, name))! }
}

const PAIR = {
  'main.ts':
    "import { word } from './word.ts'\nimport { other } from './other.ts'\nexport default [word, other].join(' ') as string",
  'word.ts': "import './deep.ts'\nexport const word: string = 'one'",
  'deep.ts': 'export {}',
  'other.ts': 'export const other = {}.constructor.name',
}

test('a version is a matter of the text of a module and of all that it imports, and of nothing else', t => {
  const { of, write } = folder(t, PAIR)
  const first = of('main.ts')
  assert.equal(first.files.length, 4)
  assert.equal(of('main.ts').url, first.url)
  write('deep.ts', 'export const more = 1')
  const second = of('main.ts')
  assert.notEqual(second.url, first.url)
  assert.equal(withoutVersion(second.url), withoutVersion(first.url))
  const urlOf = (closure: typeof first, name: string) => Object.keys(closure.sources).find(url => url.includes(name))
  assert.notEqual(urlOf(second, 'word.ts'), urlOf(first, 'word.ts'))
  assert.equal(urlOf(second, 'other.ts'), urlOf(first, 'other.ts'), 'what is the same stays one module')
  write('deep.ts', PAIR['deep.ts'])
  assert.equal(of('main.ts').url, first.url)
})

test('what is imported is the text of the version, also when the files hold another one by then', async t => {
  const { of, write } = folder(t, PAIR)
  const first = of('main.ts')
  write('word.ts', "export const word = 'two'")
  const second = of('main.ts')
  write('word.ts', 'export const word = (')
  adoptSources(first.sources)
  adoptSources(second.sources)
  assert.equal((await import(first.url)).default, 'one Object')
  assert.equal((await import(second.url)).default, 'two Object')
  assert.deepEqual(sourcesOf([second.url]), second.sources)
})

test('modules of JavaScript and JSON have versions too, also where they are imported late', async t => {
  const late = './late.mjs'
  const { of, write } = folder(t, {
    'main.mjs': `import data from './data.json' with { type: 'json' }\nexport default async () => data.word + (await import('${late}')).word`,
    'data.json': '{ "word": "one" }',
    'late.mjs': "export const word = ' late'",
  })
  const first = of('main.mjs')
  write('data.json', '{ "word": "two" }')
  write('late.mjs', "export const word = ' later'")
  const second = of('main.mjs')
  for (const [{ sources, url }, said] of [
    [first, 'one late'],
    [second, 'two later'],
  ] as const) {
    adoptSources(sources)
    assert.equal(await (await import(url)).default(), said)
  }
})

test('a mistake in a file that is imported is told with the file', async t => {
  const { of } = folder(t, { ...PAIR, 'word.ts': 'export const word: = 3' })
  const closure = of('main.ts')
  adoptSources(closure.sources)
  await assert.rejects(import(closure.url), /word\.ts: /)
})

test('modules may import each other; what is not there, not the user’s or no module is left to Node.js', t => {
  const { of, path } = folder(t, {
    'main.ts':
      "import './back.ts'; import 'node:fs'; import './gone.ts'; import './node_modules/x/y.js'; import './z.wasm'",
    'back.ts': "export * from './main.ts'",
  })
  const { files, sources, url } = of('main.ts')
  assert.deepEqual(
    files.map(file => file.slice(path.length + 1)),
    ['main.ts', 'back.ts', 'gone.ts'],
  )
  assert.deepEqual(Object.keys(sources[url]!.imports), ['./back.ts'])
  assert.equal(closureOf(join(path, 'nothing.ts')), null)
})
