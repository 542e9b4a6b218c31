import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import type { Catalog } from '../kit/index.ts'
import { Lab } from '../supervisor/lab.ts'
import type { LabStatus } from '../supervisor/status.ts'
import { formatProblems, loadTopology, type Topology } from '../topology/index.ts'
import { freePorts } from './free-ports.ts'

export interface LabOptions {
  catalogs: { components: Catalog; tactics: Catalog }
  /** Patches, as `--set` takes them. */
  set?: string[]
  env?: Record<string, string | undefined>
  /** Where components keep what outlives the lab; a folder of this lab's own, gone after the test, unless given. */
  stateFolder?: string
  /** Last change of the topology, after the ports have been replaced by free ones; `overTransport` makes one. */
  mapTopology?: (topology: Topology) => Topology
}

export interface LabUnderTest {
  lab: Lab
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
  t: TestContext,
  source: { file: string } | string,
  options: LabOptions,
): Promise<LabUnderTest> {
  const file = typeof source === 'string' ? temporaryFile(t, source) : source.file
  const { catalogs, set = [], env = process.env, mapTopology = (same: Topology) => same } = options
  const { topology, problems, sources } = await loadTopology(file, { catalogs, set, env })
  if (!topology) throw new Error(formatProblems(problems, sources, { colour: false }))
  const moved = mapTopology(await onFreePorts(topology))
  const logged: LabUnderTest['logged'] = []
  let started: Lab | undefined
  // Hooks run in this order: the lab is closed before its folder goes.
  t.after(() => started?.close())
  const stateFolder = options.stateFolder ?? temporaryFolder(t)
  const listen = (starting: Lab): void => void starting.on('log', line => logged.push(line))
  const lab = await Lab.start(moved, listen, undefined, stateFolder)
  started = lab
  return {
    lab,
    logged,
    close: () => lab.close(),
    url(component, which = 0) {
      const port = moved.components[component]?.listen?.ports[which]
      if (port === undefined) throw new Error(`${component} has no port ${which}`)
      return `http://127.0.0.1:${port}`
    },
  }
}

function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'archlab-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

function temporaryFile(t: TestContext, text: string): string {
  const folder = temporaryFolder(t)
  const file = join(folder, 'topology.yaml')
  writeFileSync(file, text)
  return file
}

/** The same topology with every declared port replaced by a free one, so that tests do not meet. */
async function onFreePorts(topology: Topology): Promise<Topology> {
  const copy: any = structuredClone(topology)
  const listens = Object.values<any>(copy.components).filter(component => component.listen)
  const ports = await freePorts(listens.reduce((sum, component) => sum + component.listen.ports.length, 0))
  for (const component of listens) component.listen.ports = component.listen.ports.map(() => ports.pop())
  return copy
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
