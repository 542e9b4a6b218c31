import {
  type Alias,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  parseDocument,
  type YAMLError,
  type YAMLMap,
  type Scalar as YamlScalar,
} from 'yaml'
import type { Code } from '../kit/index.ts'
import type { Problems } from './problems.ts'
import type { Source, Span } from './source.ts'
import type { Entry, Tree } from './tree.ts'

/** Most values a file may have once its aliases are written out; stops alias bombs. */
export const VALUES_MAX = 100_000
/** Deepest nesting of mappings and lists. */
export const DEPTH_MAX = 100
/** Nesting of brackets beyond which the YAML library itself would give up in ugly ways. */
const BRACKETS_MAX = 1000
/** The same for nesting by indentation: without stack left, the library's regular expressions end the whole process. */
const BLOCKS_MAX = 250

/** Reads YAML text into a tree. Problems go to `problems`; `null` when nothing can be said about the content. */
export function parseYaml(source: Source, problems: Problems): Tree | null {
  return new Parser(source, 0, problems).parse(source.text)
}

/** Reads the YAML value that begins at offset `start` of a one-line source, as in `--set path=value`. */
export function parseValue(source: Source, start: number, problems: Problems): Tree | null {
  const text = source.text.slice(start)
  if (text.trim() === '') {
    const span = { source, start, end: start }
    return { type: 'scalar', value: null, plain: true, span }
  }
  return new Parser(source, start, problems).parse(text)
}

class Parser {
  #source: Source
  #start: number
  #problems: Problems
  #anchors = new Map<string, Node>()
  #done = new Map<Node, { tree: Tree; values: number }>()
  #open = new Set<Node>()
  #values = 0
  #gaveUp = false

  constructor(source: Source, start: number, problems: Problems) {
    this.#source = source
    this.#start = start
    this.#problems = problems
  }

  parse(text: string): Tree | null {
    if (bracketDepth(text) > BRACKETS_MAX) {
      this.#problems.error('TOPOLOGY_TOO_COMPLEX', this.#span(0, 1), '', 'brackets are nested too deep to be read')
      return null
    }
    if (blockDepth(text) > BLOCKS_MAX) {
      this.#problems.error('TOPOLOGY_TOO_COMPLEX', this.#span(0, 1), '', 'nested too deep to be read')
      return null
    }
    const options = { version: '1.2', stringKeys: true, merge: true, prettyErrors: false, uniqueKeys: false } as const
    const document = parseDocument(text, options)
    for (const error of document.errors) this.#syntax(error)
    for (const warning of document.warnings) {
      this.#problems.warning('TOPOLOGY_SYNTAX', this.#span(...warning.pos), '', decapitalise(warning.message))
    }
    if (document.errors.length > 0) return null
    const { contents } = document
    if (contents === null || (isScalar(contents) && contents.value === null)) {
      this.#problems.error('TOPOLOGY_EMPTY', this.#span(0, 0), '', 'there is nothing in it', EMPTY_HINT)
      return null
    }
    const tree = this.#convert(contents, [])
    return this.#gaveUp ? null : tree
  }

  #syntax(error: YAMLError): void {
    const tab = error.code === 'TAB_AS_INDENT'
    const code: Code = tab ? 'TOPOLOGY_TAB' : 'TOPOLOGY_SYNTAX'
    const hint = tab ? 'indent with spaces' : this.#syntaxHint(error)
    const message = error.code === 'MULTIPLE_DOCS' ? 'several documents in one file' : decapitalise(error.message)
    this.#problems.error(code, this.#span(...error.pos), '', `not YAML: ${message}`, hint)
  }

  #syntaxHint(error: YAMLError): string | undefined {
    const at = error.pos[0] + this.#start
    const around = this.#source.text.slice(Math.max(0, at - 1), at + 1)
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the form that users write
    if (around === '${') return 'inside of { } and [ ] a variable needs quotes: "${NAME}"'
    if (/^[\w/=-]\{$/.test(around)) return 'inside of { } and [ ] text with a brace needs quotes: "GET /items/{id}"'
    return SYNTAX_HINTS[error.code]
  }

  #convert(node: Node, path: string[]): Tree {
    const done = this.#done.get(node)
    if (done) {
      this.#count(done.values, node, path)
      return done.tree
    }
    if (isAlias(node)) return this.#alias(node, path)
    if (path.length > DEPTH_MAX) return this.#giveUp(node, path, `nested more than ${DEPTH_MAX} levels deep`)
    const before = this.#values
    this.#count(1, node, path)
    if (node.anchor !== undefined) this.#anchors.set(node.anchor, node)
    this.#open.add(node)
    const tree = this.#build(node, path)
    this.#open.delete(node)
    this.#done.set(node, { tree, values: this.#values - before })
    return tree
  }

  #build(node: Node, path: string[]): Tree {
    if (isMap(node)) return { type: 'mapping', entries: this.#entries(node, path), span: this.#spanOf(node) }
    if (isSeq(node)) {
      const items = (node.items as Node[]).map((item, index) => this.#convert(item, [...path, String(index)]))
      return { type: 'sequence', items, span: this.#spanOf(node) }
    }
    return this.#scalar(node as YamlScalar, path)
  }

  #scalar(node: YamlScalar, path: string[]): Tree {
    const span = this.#spanOf(node)
    const { value } = node
    if (typeof value === 'number' && !Number.isFinite(value)) {
      this.#problems.broken(
        'TOPOLOGY_WRONG_TYPE',
        span,
        path.join('.'),
        `"${node.source}" is not a number to count with`,
      )
    }
    const known = value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    return { type: 'scalar', value: known ? value : (node.source ?? String(value)), plain: node.type === 'PLAIN', span }
  }

  #entries(map: YAMLMap, path: string[]): Map<string, Entry> {
    const entries = new Map<string, Entry>()
    const merged: Entry['value'][] = []
    for (const pair of map.items as Pair<YamlScalar, Node | null>[]) {
      const key = String(pair.key.value)
      const keySpan = this.#spanOf(pair.key)
      const keyPath = [...path, key]
      if (key === '<<' && pair.key.type === 'PLAIN') merged.push(...this.#merge(pair, keySpan, path))
      else if (key === '__proto__') {
        this.#problems.error('TOPOLOGY_BAD_NAME', keySpan, keyPath.join('.'), '"__proto__" cannot be used as a key')
      } else if (entries.has(key)) this.#duplicate(key, keySpan, entries.get(key)!, keyPath)
      else entries.set(key, { keySpan, value: this.#value(pair, keySpan, keyPath) })
    }
    for (const source of merged) {
      if (source.type !== 'mapping') continue
      for (const [key, entry] of source.entries) if (!entries.has(key)) entries.set(key, entry)
    }
    return entries
  }

  #value(pair: Pair<YamlScalar, Node | null>, keySpan: Span, path: string[]): Tree {
    if (pair.value) return this.#convert(pair.value, path)
    return { type: 'scalar', value: null, plain: true, span: { ...keySpan, start: keySpan.end } }
  }

  #merge(pair: Pair<YamlScalar, Node | null>, keySpan: Span, path: string[]): Tree[] {
    const value = this.#value(pair, keySpan, path)
    const sources = value.type === 'sequence' ? value.items : [value]
    if (sources.every(source => source.type === 'mapping')) return [...sources]
    const message = '"<<" takes in the keys of a mapping, or of a list of mappings'
    this.#problems.error('TOPOLOGY_BAD_ALIAS', keySpan, path.join('.'), message, 'write <<: *name-of-an-anchor')
    return []
  }

  #duplicate(key: string, span: Span, first: Entry, path: string[]): void {
    const { line } = first.keySpan.source.position(first.keySpan.start)
    const message = `the key "${key}" is written twice; line ${line} has it already`
    this.#problems.error('TOPOLOGY_DUPLICATE_KEY', span, path.join('.'), message, 'remove or rename one of them')
  }

  #alias(node: Alias, path: string[]): Tree {
    const target = this.#anchors.get(node.source)
    if (target && !this.#open.has(target)) return this.#convert(target, path)
    const span = this.#spanOf(node)
    const message = target
      ? `"*${node.source}" stands inside of what it names`
      : `"*${node.source}" names no anchor above this line`
    const hint = target ? undefined : `mark the value with &${node.source} where it is first written`
    this.#problems.broken('TOPOLOGY_BAD_ALIAS', span, path.join('.'), message, hint)
    return { type: 'scalar', value: null, plain: true, span }
  }

  #count(values: number, node: Node, path: string[]): void {
    this.#values += values
    if (this.#values > VALUES_MAX) this.#giveUp(node, path, `more than ${VALUES_MAX} values, aliases written out`)
  }

  #giveUp(node: Node, path: string[], message: string): Tree {
    const span = this.#spanOf(node)
    if (!this.#gaveUp) this.#problems.error('TOPOLOGY_TOO_COMPLEX', span, path.slice(0, 10).join('.'), message)
    this.#gaveUp = true
    return { type: 'scalar', value: null, plain: true, span }
  }

  #spanOf(node: Node): Span {
    const [start, end] = node.range ?? [0, 0]
    return this.#span(start, end)
  }

  #span(start: number, end: number): Span {
    return { source: this.#source, start: start + this.#start, end: end + this.#start }
  }
}

const EMPTY_HINT = 'start with "components:" and one component below it, e.g. "api: { kind: microservice, port: 8000 }"'
const SYNTAX_HINTS: Readonly<Record<string, string>> = {
  BLOCK_AS_IMPLICIT_KEY: 'a value that contains ": " needs quotes',
  BAD_SCALAR_START: 'a value that begins with this character needs quotes',
  MULTIPLE_DOCS: 'one file holds one topology: remove the line "---"',
  NON_STRING_KEY: 'keys are plain words',
}

function decapitalise(message: string): string {
  return /^[A-Z][a-z]/.test(message) ? message[0]!.toLowerCase() + message.slice(1) : message
}

/** An upper bound for how deep mappings and lists are nested by indentation, and by marks such as `-` that follow each other. */
function blockDepth(text: string): number {
  const open: { indent: number; depth: number }[] = []
  let deepest = 0
  for (const line of text.split('\n')) {
    const indent = line.search(/\S/)
    if (indent < 0) continue
    while (open.length > 0 && open.at(-1)!.indent >= indent) open.pop()
    const depth = (open.at(-1)?.depth ?? 0) + 1 + marksInARow(line)
    open.push({ indent, depth })
    deepest = Math.max(deepest, depth)
  }
  return deepest
}

/** The most words of a line in a row that open a block, or stand before what opens one. */
function marksInARow(line: string): number {
  let most = 0
  let marks = 0
  for (const word of line.split(/\s+/)) {
    marks = /^(?:[-?:]|---|[&!].*)$/.test(word) ? marks + 1 : 0
    most = Math.max(most, marks)
  }
  return most
}

/** An upper bound for how deep flow collections are nested. */
function bracketDepth(text: string): number {
  let depth = 0
  let deepest = 0
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at)
    if (char === 0x5b || char === 0x7b) deepest = Math.max(deepest, ++depth)
    else if ((char === 0x5d || char === 0x7d) && depth > 0) depth--
  }
  return deepest
}
