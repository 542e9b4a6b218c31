import { writeFileSync } from 'node:fs'
import { Command } from 'commander'
import { ArchlabError } from '../kit/index.ts'
import { CONTROL_PORT, ControlServer, HostProcess, Lab, stateFolderOf, statusLog } from '../supervisor/index.ts'
import { effectiveChains, redact, type Topology } from '../topology/index.ts'
import { banner } from './banner.ts'
import { editText } from './edit-text.ts'
import { FileWatch } from './file-watch.ts'
import { openLog } from './log.ts'
import { colourOn, EXIT, emitJson, fail } from './output.ts'
import { Stop } from './stop.ts'
import {
  portNumber,
  readTopologyFiles,
  type TopologyOptions,
  topologySource,
  withTopology,
} from './topology-options.ts'

interface UpOptions extends TopologyOptions {
  controlPort: number
  statusLog: string
}

/** `archlab up`: runs the topology until Ctrl-C. */
export function upCommand(): Command {
  const command = new Command('up').description('run the topology until Ctrl-C')
  return withTopology(command)
    .option(
      '--control-port <port>',
      'port of the control API on 127.0.0.1; 0 for any free one',
      portNumber,
      CONTROL_PORT,
    )
    .option('--status-log <file>', 'where the counts are written on exit', 'status_log.json')
    .action(async (options: UpOptions) => {
      const host = new HostProcess()
      try {
        const { topology, files } = await readTopologyFiles(options)
        if (topology) await run({ topology, files, host, options })
      } finally {
        await host.close()
      }
    })
}

interface Start {
  readonly topology: Topology
  /** What the topology was read from. */
  readonly files: readonly string[]
  readonly host: HostProcess
  readonly options: UpOptions
}

async function run({ topology, files, host, options }: Start): Promise<void> {
  await assertServerLoads()
  const stop = new Stop()
  let lab: Lab | undefined
  /** Resolves when the lab runs: what is saved before that is applied then. */
  const ready = Promise.withResolvers<Lab>()
  const control = await ControlServer.open(options.controlPort, () => lab, stateFolderOf(topology))
  const watch = new FileWatch(files, () => void ready.promise.then(running => follow(running, options)))
  try {
    lab = await Lab.start(
      topology,
      starting => {
        attachLog(starting, options)
        void stop.asked.then(() => starting.close())
      },
      host,
    )
    connect(lab, watch, options)
    announce(lab, control, options)
    ready.resolve(lab)
    await stop.asked
    watch.close()
    await finish(lab, options)
  } catch (error) {
    // Stopped while starting: the close makes the start fail, and that is what was asked for.
    if (!stop.signal.aborted) fail(error)
  } finally {
    watch.close()
    await control.close()
  }
  process.exit(process.exitCode ?? EXIT.done)
}

function attachLog(lab: Lab, options: UpOptions): void {
  const log = openLog()
  lab.on('log', log)
  lab.on('replica', change => {
    if (options.json) emitJson({ event: 'replica', ...change })
  })
}

/** Tells of every edit, and lets the lab's topology come from where the files that it depends on are watched. */
function connect(lab: Lab, watch: FileWatch, options: UpOptions): void {
  const source = topologySource(options)
  lab.source = {
    async load(...from) {
      const loaded = await source.load(...from)
      const [own, ...modules] = loaded.files
      watch.follow([loaded.topology ? own! : lab.topology.file, ...modules])
      return loaded
    },
  }
  lab.on('edit', plan => {
    if (options.json) emitJson({ event: 'edit', ...plan })
    else process.stdout.write(`${editText(plan, colourOn(process.stdout))}\n`)
  })
}

/** A file was saved: what is wrong with it is told, and the lab goes on as it is. */
async function follow(lab: Lab, options: UpOptions): Promise<void> {
  try {
    await lab.applyFile()
  } catch (error) {
    const { message } = error as Error
    process.stderr.write(`${message}\nthe lab goes on as it is\n`)
    if (options.json) emitJson({ event: 'edit-refused', error: message })
  }
}

function announce(lab: Lab, control: ControlServer, options: UpOptions): void {
  const readyMs = performance.now()
  if (!options.json) {
    const facts = { controlUrl: control.url, readyMs }
    process.stdout.write(`${banner(lab.topology, facts, colourOn(process.stdout))}\n`)
    return
  }
  emitJson({
    event: 'ready',
    lab: lab.topology.name,
    readyMs: Math.round(readyMs),
    controlUrl: control.url,
    pid: process.pid,
    hostPids: lab.hostPids,
    components: Object.values(lab.topology.components).map(({ name, kind, replicas, listen }) => ({
      name,
      kind,
      replicas,
      ports: listen?.ports ?? [],
    })),
    effective: effectiveChains(redact(lab.topology)),
  })
}

/** Closes the lab and writes the counts down. */
async function finish(lab: Lab, options: UpOptions): Promise<void> {
  const status = await lab.close()
  const counts = statusLog(status, lab.events)
  try {
    writeFileSync(options.statusLog, `${JSON.stringify(counts, null, 2)}\n`)
  } catch (error) {
    process.stderr.write(`could not write ${options.statusLog}: ${(error as Error).message}\n`)
    process.exitCode = EXIT.failed
  }
  if (options.json) emitJson({ event: 'closed', statusLog: counts })
  else process.stdout.write(`\nclosed; counts are in ${options.statusLog}\n`)
}

/** One clear line where the platform has no binary of the server library. */
export async function assertServerLoads(): Promise<void> {
  try {
    await import('../replica/server.ts')
  } catch {
    const { platform, arch, version } = process
    throw new ArchlabError(
      'LAB_PLATFORM_UNSUPPORTED',
      `uWebSockets.js has no binary for ${platform} ${arch} with Node.js ${version}`,
      { hint: 'it runs on glibc Linux (x64, arm64), macOS and Windows (x64) with Node.js 22' },
    )
  }
}
