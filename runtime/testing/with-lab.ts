import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Catalog } from '../kit/index.ts'
import { Lab } from '../supervisor/lab.ts'
import type { LabStatus } from '../supervisor/status.ts'
import { formatProblems, type LoadResult, loadTopology, type Topology } from '../topology/index.ts'
import { freePorts } from './free-ports.ts'

/** A test, or a command, whose end is waited for. */
export interface Ending {
  after(clean: () => void | Promise<void>): void
}

export interface LabOptions {
  catalogs: { components: Catalog; tactics: Catalog }
  /** Patches, as `--set` takes them. */
  set?: string[]
  env?: Record<string, string | undefined>
  /** Where components keep what outlives the lab; a folder of this lab's own, gone after the test, unless given. */
  stateFolder?: string
  /**
   * Threads for the replicas, where the topology asks for no number; 2 by default, since threads are most of what a lab
   * costs to start. Ask for `per-replica` where replicas die or compute, and others are to stay out of it.
   */
  threads?: Topology['threads']
  /** Last change of the topology, after the ports have been replaced by free ones; `overTransport` makes one. */
  mapTopology?: (topology: Topology) => Topology
}

export interface LabUnderTest {
  lab: Lab
  /** Where its topology comes from. */
  file: string
  /** Base address of a component's port; `which` counts its ports. */
  url(component: string, which?: number): string
  /** Log lines so far. */
  logged: { level: string; component: string; replica: string; event: string; fields: Record<string, unknown> }[]
  close(): Promise<LabStatus>
}

/**
 * Starts a real lab from a topology file, or from text, on free ports; closes it after the test. Every process and
 * socket is real.
 */
export async function startLab(
  t: Ending,
  source: { file: string } | string,
  options: LabOptions,
): Promise<LabUnderTest> {
  const file = typeof source === 'string' ? temporaryFile(t, source) : source.file
  const { catalogs, set = [], env = process.env, threads = 2, mapTopology = (same: Topology) => same } = options
  const ports = new Map<number, number>()
  const load = async (from: string, patches: readonly string[], text?: string): Promise<LoadResult> => {
    const given = text === undefined ? {} : { text }
    const loaded = await loadTopology(from, { catalogs, set: [...set, ...patches], env, ...given })
    const { topology } = loaded
    if (!topology) return loaded
    return { ...loaded, topology: mapTopology(inThreads(await onFreePorts(topology, ports), threads)) }
  }
  const { topology: moved, problems, sources } = await load(file, [])
  if (!moved) throw new Error(formatProblems(problems, sources, { colour: false }))
  const logged: LabUnderTest['logged'] = []
  let started: Lab | undefined
  // Hooks run in this order: the lab is closed before its folder goes.
  t.after(async () => void (await started?.close()))
  const stateFolder = options.stateFolder ?? temporaryFolder(t)
  const listen = (starting: Lab): void => void starting.on('log', line => logged.push(line))
  const lab = await Lab.start(moved, listen, undefined, stateFolder)
  started = lab
  lab.source = { load: (patches, from = file, text) => load(from, patches, text) }
  return {
    lab,
    logged,
    file,
    close: () => lab.close(),
    url(component, which = 0) {
      const port = lab.topology.components[component]?.listen?.ports[which]
      if (port === undefined) throw new Error(`${component} has no port ${which}`)
      return `http://127.0.0.1:${port}`
    },
  }
}

function temporaryFolder(t: Ending): string {
  const folder = mkdtempSync(join(tmpdir(), 'archlab-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

function temporaryFile(t: Ending, text: string): string {
  const folder = temporaryFolder(t)
  const file = join(folder, 'topology.yaml')
  writeFileSync(file, text)
  return file
}

/**
 * The same topology with every declared port replaced by a free one, so that tests do not meet. `known` are those replaced so
 * far: a port stays the same through the edits of a lab.
 */
async function onFreePorts(topology: Topology, known: Map<number, number>): Promise<Topology> {
  const copy: any = structuredClone(topology)
  for (const { listen } of Object.values<any>(copy.components)) {
    for (const port of listen?.ports ?? []) if (!known.has(port)) known.set(port, (await freePorts(1))[0]!)
    if (listen) listen.ports = listen.ports.map((port: number) => known.get(port))
  }
  return copy
}

function inThreads(topology: Topology, threads: Topology['threads']): Topology {
  return topology.threads === 'per-replica' ? { ...topology, threads } : topology
}

/** Waits until `condition` holds; fails after `timeoutMs`. */
export async function eventually(
  condition: () => boolean | Promise<boolean>,
  what: string,
  timeoutMs = 10_000,
): Promise<void> {
  const untilMs = performance.now() + timeoutMs
  while (!(await condition())) {
    if (performance.now() > untilMs) throw new Error(`did not happen in ${timeoutMs} ms: ${what}`)
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}
