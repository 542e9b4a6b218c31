import { readFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { basename, dirname, extname, resolve as resolvePath } from 'node:path'
import { type ImpliedLinks, impliedLinks } from './called-names.ts'
import { type Catalogs, Definitions } from './definitions.ts'
import { didYouMean } from './did-you-mean.ts'
import { machineOf } from './machine.ts'
import { parseYaml } from './parse.ts'
import { withoutPasswords } from './passwords.ts'
import { applyPatch, parsePatch } from './patch.ts'
import { type Problem, Problems } from './problems.ts'
import { applyVariant, variantsOf } from './resolve/measurement.ts'
import { resolveTopology } from './resolve/resolve.ts'
import type { Machine } from './resolve/scope.ts'
import { editsOf } from './scenario/edits.ts'
import { textWithoutSecrets } from './secret-names.ts'
import { Source } from './source.ts'
import type { Topology } from './topology.ts'
import { child, type Tree } from './tree.ts'
import { type Environment, substitute } from './variables.ts'

export interface LoadOptions {
  readonly catalogs: Catalogs
  /** Patches as `path=value`, applied in order. */
  readonly set?: readonly string[]
  /** Comes before the file's own seed. */
  readonly seed?: number
  /** Where `${VARIABLE}` looks; `process.env` by default. */
  readonly env?: Environment
  /** Applies one variant of one experiment, after `set`. */
  readonly variant?: { readonly experiment: string; readonly variant: string }
  /** Taken for what the file holds, which is not read then. */
  readonly text?: string
  /** What the machine allows; asked by default. */
  readonly machine?: Machine
}

export interface LoadResult {
  /** `null` when there are errors. */
  readonly topology: Topology | null
  /** Errors and warnings in the order of the text. */
  readonly problems: readonly Problem[]
  /** The texts that problems point into, secrets masked. */
  readonly sources: readonly SourceText[]
  /** What the file holds, secrets and all; `null` when it cannot be read. */
  readonly text: string | null
  /** Paths of what was read, the topology first: another text in one of them may make another topology. */
  readonly files: readonly string[]
}

export interface SourceText {
  readonly name: string
  readonly text: string
}

/** Largest topology file, in bytes. */
export const FILE_BYTES_MAX = 1024 * 1024

/** Reads a topology and checks it. Whatever the user got wrong becomes a problem; nothing is thrown for it. */
export async function loadTopology(file: string, options: LoadOptions): Promise<LoadResult> {
  const problems = new Problems()
  const sources: Source[] = []
  const definitions = new Definitions(options.catalogs, file)
  const text = options.text ?? (await readText(file, problems))
  const topology = text === null ? null : await load({ file, text }, options, { problems, sources, definitions })
  const sorted = problems.sorted(sources)
  return {
    topology: problems.hasErrors ? null : topology,
    problems: sorted.map(speakable),
    sources: sources.map(({ name, text }) => ({ name, text: textWithoutSecrets(text) })),
    text,
    files: [resolvePath(file), ...definitions.files],
  }
}

/** A problem whose words quote no password of an address. */
export function speakable(problem: Problem): Problem {
  const { message, hint } = problem
  const quieter = { ...problem, message: withoutPasswords(message) }
  return hint === undefined ? quieter : { ...quieter, hint: withoutPasswords(hint) }
}

/** What loading leaves behind besides a topology. */
interface Traces {
  readonly problems: Problems
  readonly sources: Source[]
  readonly definitions: Definitions
}

async function load(
  { file, text }: { file: string; text: string },
  options: LoadOptions,
  { problems, sources, definitions }: Traces,
): Promise<Topology | null> {
  const source = new Source(file, text)
  sources.push(source)
  const environment = options.env ?? process.env
  const parsed = parseYaml(source, problems)
  const filled = parsed && substitute(parsed, environment, problems)
  const implied = filled ? await impliedLinks(definitions, filled) : undefined
  let tree = filled
  for (const [index, one] of (options.set ?? []).entries()) {
    const { patch, source: patchSource } = parsePatch(one, index + 1, problems)
    sources.push(patchSource)
    if (!patch || !tree || !implied) continue
    const value = substitute(patch.value, environment, problems)
    tree = applyPatch(tree, { ...patch, value }, problems, implied)
  }
  if (tree && implied && options.variant) tree = chosenVariant(tree, options.variant, problems, implied)
  if (!tree || !implied) return null
  const context = {
    file: resolvePath(file),
    name: basename(file, extname(file)),
    seed: options.seed,
    definitions,
    machine: options.machine ?? machineOf(),
    implied,
    isPatched: tree !== filled,
    readText: (path: string): string => readFileSync(resolvePath(dirname(file), path), 'utf8'),
  }
  const resolved = await resolveTopology(tree, problems, context)
  // Patches may well remove what a variant is about: variants are checked against the file as it is.
  const untouched = tree === filled
  if (tree.type === 'mapping' && untouched) {
    for (const variant of [...variantsOf(problems, tree, implied), ...editsOf(tree, implied)]) {
      if (variant.tree === tree) continue
      const own = problems.fork()
      await resolveTopology(variant.tree, own, { ...context, isPatched: true })
      problems.adopt(own, `with ${variant.path}: `)
    }
  }
  return resolved
}

function chosenVariant(
  tree: Tree,
  chosen: { experiment: string; variant: string },
  problems: Problems,
  implied: ImpliedLinks,
): Tree | null {
  const experiments = child(tree, 'experiments')
  const variants = child(child(experiments, chosen.experiment), 'variants')
  const entry = variants?.type === 'mapping' ? variants.entries.get(chosen.variant) : undefined
  const path = `experiments.${chosen.experiment}.variants.${chosen.variant}`
  if (!entry || tree.type !== 'mapping') {
    const known = variants?.type === 'mapping' ? [...variants.entries.keys()] : []
    problems.error('TOPOLOGY_UNKNOWN_VARIANT', null, path, `there is no ${path}`, didYouMean(chosen.variant, known))
    return null
  }
  return applyVariant(problems, tree, entry, path, implied) ?? null
}

/** The file's text; `null` after a problem. */
async function readText(file: string, problems: Problems): Promise<string | null> {
  const fail = (why: string, hint?: string): null => {
    problems.error('TOPOLOGY_UNREADABLE', null, '', `cannot read ${file}: ${why}`, hint)
    return null
  }
  try {
    const handle = await open(file, 'r')
    try {
      const stats = await handle.stat()
      if (stats.isDirectory())
        return fail('it is a directory', `name the file, e.g. ${file.replace(/\/+$/, '')}/topology.yaml`)
      // Bounded also for what is no plain file and tells no size, such as a pipe.
      const bytes = Buffer.alloc(FILE_BYTES_MAX + 1)
      let length = 0
      for (;;) {
        const { bytesRead } = await handle.read(bytes, length, bytes.length - length)
        length += bytesRead
        if (bytesRead === 0 || length === bytes.length) break
      }
      if (length > FILE_BYTES_MAX)
        return fail('it is larger than 1 MB', 'a topology is a short text; is this the right file?')
      return (
        decode(bytes.subarray(0, length)) ?? fail('it is not UTF-8 text', 'save it as UTF-8; is this the right file?')
      )
    } finally {
      await handle.close()
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    return fail(
      REASONS[code ?? ''] ?? (error as Error).message,
      code === 'ENOENT' ? 'name another with --file' : undefined,
    )
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'it may not be read by this user',
  EPERM: 'it may not be read by this user',
  EISDIR: 'it is a directory',
  ENOTDIR: 'a part of its path is not a directory',
  ENAMETOOLONG: 'the name is too long',
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return undefined
  }
}
