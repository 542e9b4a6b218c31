import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { ArchlabError } from '@archlab/runtime/kit'

/** Tools of Clinic.js that finish on this version of Node.js. */
export const CLINIC_TOOLS = ['flame', 'doctor', 'heapprofiler'] as const
export type ClinicTool = (typeof CLINIC_TOOLS)[number]

/** A package of its own: clinic brings 150 MB along, which nobody else needs. */
const PACKAGE = fileURLToPath(new URL('../clinic/', import.meta.url))
const PROGRAM = join(PACKAGE, 'node_modules/clinic/bin.js')

const READY_MS = 60_000
const LOOK_MS = 50
/** Clinic makes its page after the process has ended. */
const PAGE_MS = 300_000

/** True when clinic can be run. */
export const clinicInstalled = (): boolean => existsSync(PROGRAM)

/** Throws an ArchlabError when clinic is not installed, or has no such tool. */
export function assertClinic(tool: string): asserts tool is ClinicTool {
  if (!(CLINIC_TOOLS as readonly string[]).includes(tool)) {
    const hint = `there are ${CLINIC_TOOLS.join(', ')}`
    throw new ArchlabError('CLI_USAGE', `clinic has no tool "${tool.slice(0, 40)}" that runs here`, { hint })
  }
  if (clinicInstalled()) return
  const hint = 'npm ci --prefix bench/clinic --ignore-scripts'
  throw new ArchlabError('PROFILE_FAILED', 'clinic is not installed', { hint })
}

/** A process that runs under a tool of clinic. */
export class ClinicRun {
  readonly #child: ChildProcess
  readonly #folder: string
  readonly #exited: Promise<number | null>
  #output = ''
  #pid = 0

  private constructor(tool: ClinicTool, folder: string, program: readonly string[]) {
    this.#folder = folder
    const args = [PROGRAM, tool, '--open=false', '--dest', folder, '--', process.execPath, ...program]
    this.#child = spawn(process.execPath, args, {
      // It would ask whether it may report who uses it.
      env: { ...process.env, NO_INSIGHT: '1', NO_UPDATE_NOTIFIER: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
      // Ctrl-C is for the command, which then ends the program under clinic.
      detached: true,
    })
    for (const stream of [this.#child.stdout!, this.#child.stderr!]) {
      stream.on('data', text => {
        this.#output = (this.#output + text).slice(-4000)
      })
    }
    this.#exited = new Promise(done => this.#child.on('close', done))
  }

  /** Starts a program; resolves when it has written its process id into `readyFile`. Rejects with an ArchlabError. */
  static async start(
    tool: ClinicTool,
    folder: string,
    program: readonly string[],
    readyFile: string,
  ): Promise<ClinicRun> {
    const run = new ClinicRun(tool, resolve(folder), program)
    const untilMs = performance.now() + READY_MS
    while (!existsSync(readyFile) || readFileSync(readyFile, 'utf8') === '') {
      if (run.#child.exitCode !== null || performance.now() > untilMs) {
        run.#child.kill('SIGKILL')
        throw run.#failure('the component did not start under clinic')
      }
      await delay(LOOK_MS)
    }
    run.#pid = Number(readFileSync(readyFile, 'utf8'))
    return run
  }

  /** Ends the program and waits for clinic's page; resolves to its path. Rejects with an ArchlabError when there is none. */
  async finish(): Promise<string> {
    process.kill(this.#pid, 'SIGINT')
    const code = await Promise.race([this.#exited, delay(PAGE_MS, 'late' as const, { ref: false })])
    if (code === 'late') this.#child.kill('SIGKILL')
    const page = readdirSync(this.#folder).find(name => name.endsWith('.html'))
    if (page === undefined) throw this.#failure('clinic made no page')
    return join(this.#folder, page)
  }

  /** Ends everything at once. */
  kill(): void {
    try {
      if (this.#pid > 0) process.kill(this.#pid, 'SIGKILL')
    } catch {
      // It has gone.
    }
    this.#child.kill('SIGKILL')
  }

  #failure(message: string): ArchlabError {
    return new ArchlabError('PROFILE_FAILED', `${message}: ${this.#output.trim() || 'it said nothing'}`)
  }
}
