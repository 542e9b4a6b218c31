import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { dirname, extname, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

/** A source file of the user's as it was read, and where its relative imports lead. JSON-serialisable. */
export interface OwnSource {
  readonly text: string
  /** URL of what is imported, by the words of the import. Others are left to Node.js. */
  readonly imports: Readonly<Record<string, string>>
}

/** Files of the user's by their URLs, each of which names a version. JSON-serialisable. */
export type OwnSources = Readonly<Record<string, OwnSource>>

/** A module with all files of the user's that it imports, at any depth, as they were at one moment. */
export interface Closure {
  /** Of the module itself: names its file and the version. */
  readonly url: string
  readonly sources: OwnSources
  /** Paths of all of the files, also of those that could not be read. */
  readonly files: readonly string[]
}

/** What may be imported in more than one version: what Node.js takes for a module with these names is one. */
const MODULES: ReadonlySet<string> = new Set(['.ts', '.mts', '.mjs', '.js', '.json'])

/** Hexadecimal digits of a version: enough for the versions of one file. */
const VERSION_DIGITS = 12

/** What of archlab is its own code. */
const PACKAGES = ['runtime/', 'components/', 'tactics/', 'bench/'].map(room =>
  fileURLToPath(new URL(`../../${room}`, import.meta.url)),
)

/** Relative imports and re-exports, `import()` of plain text too. What only looks like one does no harm: it is watched in vain. */
const IMPORTS = /(?:\bfrom\s*|\bimport\s*\(?\s*)(['"])(\.{1,2}\/[^'"?#\n]+)\1/g

interface Read {
  readonly text: string
  /** Paths, by the words of the import. */
  readonly imports: ReadonlyMap<string, string>
}

/**
 * Reads a module and all that it imports by relative paths; what lies in archlab itself or in node_modules is not the user's.
 * `null` when the module cannot be read. A version is a hash of a file's text and of the files that it imports: it changes when
 * one of them does, and is the same again with the same texts.
 */
export function closureOf(path: string): Closure | null {
  const read = new Map<string, Read | null>()
  collect(path, read)
  if (!read.get(path)) return null
  const urls = new Map([...read].flatMap(([file, one]) => (one ? [[file, urlOf(file, read)] as const] : [])))
  const sources: Record<string, OwnSource> = {}
  for (const [file, url] of urls) {
    const { text, imports } = read.get(file)!
    const known = [...imports].flatMap(([words, target]) => (urls.has(target) ? [[words, urls.get(target)!]] : []))
    sources[url] = { text, imports: Object.fromEntries(known) }
  }
  return { url: urls.get(path)!, sources, files: [...read.keys()] }
}

function collect(path: string, read: Map<string, Read | null>): void {
  if (read.has(path)) return
  const text = textOf(path)
  if (text === null) {
    read.set(path, null)
    return
  }
  const imports = new Map<string, string>()
  for (const [, , words] of text.matchAll(IMPORTS)) {
    const target = resolve(dirname(path), words!)
    if (isOwn(target)) imports.set(words!, target)
  }
  read.set(path, { text, imports })
  for (const target of imports.values()) collect(target, read)
}

const isOwn = (path: string): boolean =>
  MODULES.has(extname(path)) && !path.includes('/node_modules/') && !PACKAGES.some(room => path.startsWith(room))

function textOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}

function urlOf(path: string, read: ReadonlyMap<string, Read | null>): string {
  const hash = createHash('sha256')
  for (const file of [...reachable(path, read)].sort()) hash.update(`${file}\0${read.get(file)?.text ?? ''}\0`)
  return `${pathToFileURL(path).href}?version=${hash.digest('hex').slice(0, VERSION_DIGITS)}`
}

function reachable(path: string, read: ReadonlyMap<string, Read | null>, seen = new Set<string>()): Set<string> {
  if (seen.has(path)) return seen
  seen.add(path)
  for (const target of read.get(path)?.imports.values() ?? []) reachable(target, read, seen)
  return seen
}

/** The same URL without its version; any other as it is. */
export const withoutVersion = (url: string): string => url.replace(/\?version=[0-9a-f]+$/, '')
