import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Root of the repository. */
export const ROOT = fileURLToPath(new URL('..', import.meta.url))

const FOLDERS = ['runtime', 'components', 'tactics', 'bench', 'test']
const IGNORED = new Set(['node_modules', 'results'])

/** An import, export-from, or literal `import()` of a file. */
export interface Import {
  specifier: string
  line: number
  /** Vanishes when types are stripped. */
  typeOnly: boolean
}

/** A program text of this repository. */
export interface SourceFile {
  /** Path from the root, with `/`. */
  path: string
  text: string
  /** The text with comments, template texts and regular expressions blanked; every line keeps its number. */
  code: string
  imports: readonly Import[]
  /** Values of quoted strings. */
  strings: readonly { value: string; line: number }[]
  /** A test, a benchmark, or something only those use. */
  test: boolean
}

/** All program texts below the folders of the workspace. */
export function sourceFiles(): SourceFile[] {
  return FOLDERS.flatMap(folder => pathsBelow(folder)).map(read)
}

function pathsBelow(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap(entry => {
    const path = `${folder}/${entry.name}`
    if (entry.isDirectory()) return IGNORED.has(entry.name) ? [] : pathsBelow(path)
    return /\.(ts|mts|js|mjs)$/.test(entry.name) ? [path] : []
  })
}

function read(path: string): SourceFile {
  const text = readFileSync(join(ROOT, path), 'utf8')
  return { path, text, ...scan(text), test: isTest(path) }
}

/** Tests, benchmarks, and the files beside them that only they use. */
function isTest(path: string): boolean {
  return /\.(test|bench)\.ts$|\/fixtures\/|^test\/|\/test-[\w-]+\.ts$|hammer\.ts$/.test(path)
}

const COMMENT = String.raw`\/\/[^\n]*|\/\*[\s\S]*?\*\/`
const STRING = String.raw`'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"`
const TEMPLATE = '`(?:\\\\.|[^`\\\\])*`'
// A slash after an operator, a bracket or a word like return begins a regular expression, after anything else it divides.
const REGEXP = String.raw`(?<=(?:^|[=(,:[!&|?{};>]|\breturn)\s*)\/(?![*\/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^\/\\\n[])+\/[a-z]*`
const TOKENS = new RegExp(`(?<blank>${COMMENT}|${TEMPLATE}|${REGEXP})|(?<string>${STRING})`, 'gm')

/** Reads code, imports and strings out of a text, by regular expressions: good for tidy text, no parser. */
export function scan(text: string): Pick<SourceFile, 'code' | 'imports' | 'strings'> {
  const strings: { value: string; line: number }[] = []
  const code = text.replace(TOKENS, (token, ...rest) => {
    const groups = rest.at(-1) as { blank?: string }
    const at = rest.at(-3) as number
    // A template keeps its quotes, so that an argument stays one.
    if (groups.blank !== undefined) return token.replace(/[^\n`]/g, ' ')
    strings.push({ value: token.slice(1, -1), line: lineAt(text, at) })
    return token
  })
  return { code, imports: importsOf(code), strings }
}

const FROM =
  /^[ \t]*(?:import|export)\s+(type\s)?\s*(?:[\w$]+\s*,?\s*)?(\{[^}]*\}|\*(?:\s*as\s+[\w$]+)?)?\s*from\s*['"]([^'"]+)['"]/gm
const BARE = /^[ \t]*import\s*['"]([^'"]+)['"]/gm
const DYNAMIC = /(\btypeof\s+)?\b(?:import|require|import\.meta\.resolve)\(\s*['"]([^'"]+)['"]/g

function importsOf(code: string): Import[] {
  const found: Import[] = []
  const add = (specifier: string, match: RegExpExecArray, typeOnly: boolean): void => {
    const quoteAt = match.index + match[0].lastIndexOf(specifier)
    found.push({ specifier, line: lineAt(code, quoteAt), typeOnly })
  }
  for (const match of code.matchAll(FROM)) add(match[3]!, match, match[1] !== undefined || allTypes(match[2]))
  for (const match of code.matchAll(BARE)) add(match[1]!, match, false)
  for (const match of code.matchAll(DYNAMIC)) add(match[2]!, match, match[1] !== undefined)
  return found
}

/** True of `{ type A, type B }`. */
function allTypes(braces: string | undefined): boolean {
  if (!braces?.startsWith('{')) return false
  const names = braces
    .slice(1, -1)
    .split(',')
    .filter(name => name.trim() !== '')
  return names.length > 0 && names.every(name => /^\s*type\s/.test(name))
}

/** Line number of an offset, from 1. */
export function lineAt(text: string, offset: number): number {
  let line = 1
  for (let at = text.indexOf('\n'); at >= 0 && at < offset; at = text.indexOf('\n', at + 1)) line++
  return line
}

/** The file that a relative import leads to, as a path from the root. */
export function resolveImport(from: string, specifier: string): string {
  const parts = from.split('/').slice(0, -1)
  for (const step of specifier.split('/')) {
    if (step === '..') parts.pop()
    else if (step !== '.') parts.push(step)
  }
  return parts.join('/')
}

/** True of `@archlab/…`. */
export const isOurPackage = (specifier: string): boolean => specifier.startsWith('@archlab/')

/** True of `./…` and `../…`. */
export const isRelative = (specifier: string): boolean => specifier.startsWith('.')

/** The library of a specifier: `@scope/name/door` → `@scope/name`. */
export const libraryOf = (specifier: string): string =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')

/** The workspace that a path from the root is in. */
export const packageOf = (path: string): string => path.split('/')[0]!

/** Fails with one line per offence. */
export function none(offences: readonly string[], rule: string): void {
  assert.equal(offences.length, 0, `${rule}\n${offences.join('\n')}\n`)
}
