import { globSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

/** One row of a micro benchmark, as `*.bench.ts` files list them in their default export. */
export interface BenchCase {
  /** Rows of one group do the same work and are compared. */
  readonly group: string
  readonly name: string
  /** False for a peer. */
  readonly ours: boolean
  /** Operations that one call of `run` performs: what takes less than a microsecond is measured by the hundred. */
  readonly batch: number
  run(): void | Promise<void>
}

/** What a bench file holds. */
export interface BenchFile {
  readonly path: string
  readonly cases: readonly BenchCase[]
  /** Why the file has no cases here, e.g. a peer that is not installed (its named export `skipped`). */
  readonly skipped: string | undefined
}

const PATTERNS = ['tactics/**/*.bench.ts', 'components/**/*.bench.ts', 'runtime/**/*.bench.ts', 'bench/*/**/*.bench.ts']

/** All bench files below the repository's root, sorted. */
export function findBenchFiles(root: string): string[] {
  const found = PATTERNS.flatMap(pattern => globSync(pattern, { cwd: root }))
  return found.filter(path => !path.includes('node_modules')).sort()
}

/** Imports one bench file. Throws when it does not keep to the form. */
export async function loadBenchFile(root: string, path: string): Promise<BenchFile> {
  const module = (await import(pathToFileURL(join(root, path)).href)) as { default?: unknown; skipped?: unknown }
  const skipped = typeof module.skipped === 'string' ? module.skipped : undefined
  return { path, cases: checkCases(path, module.default, skipped), skipped }
}

/** The default export as cases. Throws when it is no list of them, or an empty one without a reason. */
export function checkCases(path: string, value: unknown, skipped?: string): readonly BenchCase[] {
  if (!Array.isArray(value)) throw new Error(`${path}: the default export is not a list of cases`)
  if (value.length === 0 && skipped === undefined) throw new Error(`${path}: no cases`)
  const seen = new Set<string>()
  for (const [index, one] of (value as Partial<BenchCase>[]).entries()) {
    const valid =
      typeof one?.group === 'string' &&
      typeof one.name === 'string' &&
      typeof one.ours === 'boolean' &&
      Number.isInteger(one.batch) &&
      one.batch! > 0 &&
      typeof one.run === 'function'
    if (!valid) throw new Error(`${path}: case ${index} lacks one of group, name, ours, batch, run`)
    const key = `${one.group}\n${one.name}`
    if (seen.has(key)) throw new Error(`${path}: two cases named "${one.name}" in group "${one.group}"`)
    seen.add(key)
  }
  return value as BenchCase[]
}
