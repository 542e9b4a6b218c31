import { rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openDisplay, runLoad } from '@archlab/bench/load'
import { assertClinic, ClinicRun, type ClinicTool, chosenReplicas, ProfileFolder } from '@archlab/bench/profile'
import { ArchlabError, systemClock } from '../kit/index.ts'
import { HostProcess, planHost } from '../supervisor/index.ts'
import type { Topology } from '../topology/index.ts'
import { splitPlan, splitTopology } from './inline-split.ts'
import { screen } from './load-run.ts'
import { EXIT, emitJson } from './output.ts'
import { type Asked, checkedPlan } from './profile-record.ts'
import { Stop } from './stop.ts'
import { readTopology } from './topology-options.ts'

const INLINE = fileURLToPath(new URL('../inline/main.ts', import.meta.url))

/** `archlab profile COMPONENT --clinic TOOL`: the component on the main thread of a process under clinic, the rest elsewhere. */
export async function runClinic({ components, options }: Asked, tool: string): Promise<void> {
  assertClinic(tool)
  const whole = await readTopology(options)
  if (!whole) return
  const apart = apartOf(components, whole)
  const plan = checkedPlan(options, whole)
  if (!plan) return
  const topology = await splitTopology(whole, apart, freePorts)
  const stop = new Stop().signal
  const folder = new ProfileFolder(options.output, `${topology.name}-${tool}`, new Date())
  const display = openDisplay(
    screen(),
    systemClock,
    `${[...apart].join(', ')} of ${topology.name} under clinic ${tool}`,
  )
  const lab = await InlineLab.start(topology, apart, tool, folder.path)
  let page: string
  let verdict: string
  try {
    const { result, failure } = await runLoad({ plan, topology, lab: null, rawFile: null, display, stop })
    if (failure !== null) throw new ArchlabError('PROFILE_FAILED', failure)
    verdict = `${Math.round(result.totals.achievedPerSecond)} requests/s, the run was ${result.validity.verdict}`
    process.exitCode = result.complete ? EXIT.done : EXIT.invalid
    process.stderr.write('clinic makes its page\n')
    page = await lab.finish()
  } finally {
    display.close()
    await lab.close()
  }
  if (options.json) emitJson({ command: 'profile', clinic: tool, components: [...apart], page, folder: folder.path })
  else process.stdout.write(`${verdict}\nclinic's page: ${page}\n`)
}

/** Components that run apart: those of the command line. Throws an ArchlabError when none is named. */
function apartOf(components: readonly string[], topology: Topology): ReadonlySet<string> {
  const replicas = chosenReplicas(components, topology)
  if (replicas === null) {
    const hint = `archlab profile ${Object.keys(topology.components)[0]} --clinic flame`
    throw new ArchlabError('CLI_USAGE', 'clinic sees one process: name the component that runs in it', { hint })
  }
  return new Set(replicas.map(name => name.split('/', 1)[0]!))
}

/** A lab with some components in a process of their own, under clinic. */
class InlineLab {
  readonly #host: HostProcess
  readonly #clinic: ClinicRun

  private constructor(host: HostProcess, clinic: ClinicRun) {
    this.#host = host
    this.#clinic = clinic
  }

  static async start(
    topology: Topology,
    apart: ReadonlySet<string>,
    tool: ClinicTool,
    folder: string,
  ): Promise<InlineLab> {
    const [planFile, readyFile] = ['inline-plan.json', 'inline-ready'].map(name => resolve(folder, name)) as [
      string,
      string,
    ]
    const { rest, inline } = splitPlan(await planHost(topology, join(folder, 'state')), apart, readyFile)
    const host = new HostProcess()
    try {
      await host.start(rest, { message: () => {}, died: () => {} })
      // It holds the secrets of the lab.
      writeFileSync(planFile, JSON.stringify(inline), { mode: 0o600 })
      const clinic = await ClinicRun.start(tool, folder, [INLINE, planFile], readyFile)
      return new InlineLab(host, clinic)
    } catch (error) {
      await host.close()
      throw error
    } finally {
      for (const file of [planFile, readyFile]) rmSync(file, { force: true })
    }
  }

  finish(): Promise<string> {
    return this.#clinic.finish()
  }

  async close(): Promise<void> {
    this.#clinic.kill()
    await this.#host.close()
  }
}

/** Ports of the loopback interface that nobody uses at this moment. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer())
  const ports = await Promise.all(
    servers.map(server => {
      const { promise, resolve: found, reject } = Promise.withResolvers<number>()
      server.once('error', reject)
      server.listen(0, '127.0.0.1', () => found((server.address() as AddressInfo).port))
      return promise
    }),
  )
  await Promise.all(servers.map(server => new Promise(closed => server.close(closed))))
  return ports
}
