import { components } from '@archlab/components/catalog'
import { tactics } from '@archlab/tactics/catalog'
import { type Command, InvalidArgumentError } from 'commander'
import { ArchlabError } from '../kit/index.ts'
import { patchTexts } from '../supervisor/editing/patch-list.ts'
import type { TopologySource } from '../supervisor/index.ts'
import { formatProblems, type LoadResult, loadTopology, problemsJson, type Topology } from '../topology/index.ts'
import { colourOn, EXIT, emitJson } from './output.ts'

/** The catalogs that the command line joins to the runtime. */
export const catalogs = { components, tactics }

export interface TopologyOptions {
  file: string
  set: string[]
  seed?: number
  json?: true
  /** One variant of one experiment, beside the patches; no option of its own. */
  variant?: { experiment: string; variant: string }
}

/** Adds the options of every command that reads a topology. */
export function withTopology(command: Command): Command {
  return command
    .option('-f, --file <file>', 'the topology file', 'topology.yaml')
    .option('--set <path=value>', 'patch the topology, e.g. components.gateway.replicas=4 (repeatable)', collect, [])
    .option('--seed <number>', 'seed of everything random', wholeNumber)
    .option('--json', 'machine-readable output on stdout, everything else on stderr')
}

/** For commander: an option that may be given again. */
export const collect = (value: string, before: string[]): string[] => [...before, value]

/** For commander: a whole number from 0 on. */
export function wholeNumber(text: string): number {
  const value = Number(text)
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value)) throw new InvalidArgumentError('Give a whole number.')
  return value
}

/** For commander: a port, 0 for any free one. */
export function portNumber(text: string): number {
  const value = wholeNumber(text)
  if (value > 65_535) throw new InvalidArgumentError('Give a port from 0 to 65535.')
  return value
}

/** The same topology again, with patches on top, for a lab that is edited while it runs. */
export function topologySource(options: TopologyOptions): TopologySource {
  return {
    load: (patches, file = options.file, text) =>
      loadTopology(file, {
        catalogs,
        set: [...options.set, ...patches],
        ...(options.seed === undefined ? {} : { seed: options.seed }),
        ...(options.variant ? { variant: options.variant } : {}),
        ...(text === undefined ? {} : { text }),
        env: process.env,
      }),
  }
}

/** The topology with edits on top, one after the other. Rejects with an ArchlabError when it cannot run. */
export async function patchedTopology(
  options: TopologyOptions,
  edits: readonly Readonly<Record<string, unknown>>[],
): Promise<Topology> {
  const { topology, problems } = await topologySource(options).load(edits.flatMap(patchTexts))
  if (topology) return topology
  const [first] = problems.filter(({ severity }) => severity === 'error')
  throw new ArchlabError(first!.code, first!.message)
}

/** Loads and checks the topology; prints every problem. `null` (and exit code 2) when there is an error. */
export async function readTopology(options: TopologyOptions): Promise<Topology | null> {
  return (await readTopologyFiles(options)).topology
}

/** The same, with the files that it was read from. */
export async function readTopologyFiles(options: TopologyOptions): Promise<Pick<LoadResult, 'topology' | 'files'>> {
  const { topology, problems, sources, files } = await topologySource(options).load([])
  if (problems.length > 0) {
    if (options.json) emitJson({ event: 'problems', problems: problemsJson(problems) })
    process.stderr.write(`${formatProblems(problems, sources, { colour: colourOn(process.stderr) })}\n`)
  }
  if (!topology) process.exitCode = EXIT.usage
  return { topology, files }
}
