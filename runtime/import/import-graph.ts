import { basename } from 'node:path'
import { parseYaml } from '../topology/parse.ts'
import type { Problem } from '../topology/problems.ts'
import { Source } from '../topology/source.ts'
import { child, keysOf, type Tree } from '../topology/tree.ts'
import { assemble, ENTRIES_MAX, entriesOf, FIRST_PORT, type TopologyData } from './assemble.ts'
import { ImportProblems } from './import-problems.ts'
import { readIsotope } from './isotope.ts'
import { readMubench } from './mubench.ts'
import { type Note, Notes } from './notes.ts'
import { Reader, top } from './reader.ts'
import type { ServiceGraph } from './service-graph.ts'

/** The formats that can be read, each in words. */
export const FORMATS = { isotope: 'an isotope service graph', mubench: 'a muBench work model' } as const

/** Name of a format. */
export type Format = keyof typeof FORMATS

export interface ImportOptions {
  /** The kind of component that services become. */
  readonly kind: string
  /** The format of the file; told from its content when left out. */
  readonly format?: Format
  /** CPU time in milliseconds that computing 100 digits of π is taken to cost, in work models of muBench. */
  readonly cpuWorkMs: number
}

export interface ImportResult {
  /** `null` when there are errors. */
  readonly topology: TopologyData | null
  readonly format: Format | null
  /** What is not carried over, or only nearly, in the order of the text. */
  readonly notes: readonly Note[]
  /** Errors and warnings in the order of the text. */
  readonly problems: readonly Problem[]
  /** Components that have a port. */
  readonly entries: readonly string[]
}

/** Makes a topology of a foreign description of services. What is wrong with it becomes problems; nothing is thrown. */
export function importGraph(file: string, text: string, options: ImportOptions): ImportResult {
  const source = new Source(file, text)
  const problems = new ImportProblems()
  const notes = new Notes()
  const tree = parseYaml(source, problems)
  const format = tree && (options.format ?? formatOf(tree))
  let graph: ServiceGraph | undefined
  if (tree && !format) {
    const hint = 'an isotope graph has "services:", a work model of muBench "external_services"; or name the --format'
    problems.error('IMPORT_UNKNOWN_FORMAT', tree.span, '', 'is in none of the formats that can be read', hint)
  } else if (tree) {
    const reader = new Reader(problems, notes)
    graph = format === 'isotope' ? readIsotope(reader, top(tree)) : readMubench(reader, top(tree), options.cpuWorkMs)
    if (!problems.hasErrors) noteEntries(reader, tree, graph, format!)
  }
  const valid = graph !== undefined && !problems.hasErrors
  return {
    topology: valid ? assemble(graph!, nameOf(file), options.kind) : null,
    format,
    notes: notes.list(),
    problems: problems.sorted([source]),
    entries: valid ? entriesOf(graph!) : [],
  }
}

/** What a file is, by its keys; `null` for neither. */
function formatOf(tree: Tree): Format | null {
  if (tree.type !== 'mapping') return null
  if (child(tree, 'services') !== undefined) return 'isotope'
  const values = [...tree.entries.values()].map(entry => keysOf(entry.value))
  return values.some(keys => keys.includes('external_services') || keys.includes('internal_service')) ? 'mubench' : null
}

function noteEntries(reader: Reader, tree: Tree, graph: ServiceGraph, format: Format): void {
  const entries = entriesOf(graph)
  if (entries.length > ENTRIES_MAX) {
    reader.error(
      'IMPORT_BAD_VALUE',
      top(tree),
      `${entries.length} entries are more than there are ports from ${FIRST_PORT}`,
    )
  }
  if (graph.services.some(service => service.entry)) return
  const had =
    format === 'isotope' ? 'no service has isEntrypoint' : "muBench's gateway, with a path per service, is left out"
  reader.note(top(tree), `${had}: what no other service calls gets a port`)
}

/** The topology's name: that of the file, as far as its characters may stand in one. */
function nameOf(file: string): string {
  const stem = basename(file).replace(/\.[^.]*$/, '')
  const name = stem.replace(/[^A-Za-z0-9._-]+/g, '-').replace(/^[^A-Za-z0-9]+/, '')
  return name.slice(0, 63) || 'imported'
}
