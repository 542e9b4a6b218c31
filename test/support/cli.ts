import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { fileURLToPath } from 'node:url'
import { type Ending, eventually } from '@archlab/runtime/whole-lab'
import { guard } from './guard.ts'
import { canSeeSockets, isAlive } from './listening.ts'

const LAUNCHER = fileURLToPath(new URL('../../runtime/archlab.js', import.meta.url))
const MARK = 'ARCHLAB_TEST_MARK'

export interface ReadyEvent {
  event: 'ready'
  lab: string
  controlUrl: string
  pid: number
  hostPids: number[]
  components: { name: string; kind: string; replicas: number; ports: number[] }[]
}

/** One run of the command line in a process of its own. */
export class Cli {
  stdout = ''
  stderr = ''
  readonly #child: ChildProcess
  readonly #mark: string
  /** Where its labs keep what outlives them, unless the environment names another folder. */
  readonly #state: string
  readonly #exited: Promise<number | string>

  private constructor(args: readonly string[], options: CliOptions) {
    this.#mark = randomUUID()
    this.#state = join(tmpdir(), `archlab-state-${this.#mark}`)
    const { node = process.execPath, env = {}, cwd } = options
    this.#child = spawn(node, [LAUNCHER, ...args], {
      cwd,
      env: { ...process.env, NO_COLOR: '1', ARCHLAB_STATE: this.#state, ...env, [MARK]: this.#mark },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#child.stdout!.on('data', text => {
      this.stdout += text
    })
    this.#child.stderr!.on('data', text => {
      this.stderr += text
    })
    this.#exited = new Promise(resolve => {
      this.#child.on('close', (code, signal) => resolve(code ?? signal!))
    })
  }

  /** Starts a command; whatever of it is left after the test is ended by force. */
  static start(t: Ending, args: readonly string[], options: CliOptions = {}): Cli {
    const cli = new Cli(args, options)
    t.after(() => {
      for (const pid of cli.processes()) process.kill(pid, 'SIGKILL')
      cli.#child.kill('SIGKILL')
      rmSync(cli.#state, { recursive: true, force: true })
    })
    return cli
  }

  /** Runs a command to its end; resolves to its exit code, or the signal that ended it. */
  static async run(t: Ending, args: readonly string[], options: CliOptions = {}): Promise<Finished> {
    const cli = Cli.start(t, args, options)
    const code = await cli.exit()
    return { code, stdout: cli.stdout, stderr: cli.stderr }
  }

  get pid(): number {
    return this.#child.pid!
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  exit(): Promise<number | string> {
    return this.#exited
  }

  /** The event that `up --json` prints when the lab runs. */
  async ready(): Promise<ReadyEvent> {
    // A lab lives until somebody ends it.
    const watch = guard(this.pid)
    void this.#exited.then(() => watch.kill('SIGKILL'))
    let found: ReadyEvent | undefined
    let over: number | string | undefined
    void this.#exited.then(code => {
      over = code
    })
    await eventually(
      () => {
        if (over !== undefined) throw new Error(`ended with ${over}: ${this.stderr}`)
        found = this.events().find(one => one.event === 'ready') as ReadyEvent | undefined
        return found !== undefined
      },
      'the lab is ready',
      30_000,
    )
    return found!
  }

  /** Every line of stdout as JSON; throws when one is not. The last line may still be on its way. */
  events(): { event: string; [member: string]: unknown }[] {
    const lines = this.stdout.split('\n').slice(0, -1)
    return lines.map(line => JSON.parse(line))
  }

  /** Every process of this run that lives, wherever it has gone (Linux; elsewhere only the first). */
  processes(): number[] {
    if (!canSeeSockets) return isAlive(this.pid) ? [this.pid] : []
    return readdirSync('/proc')
      .filter(name => /^\d+$/.test(name))
      .map(Number)
      .filter(pid => environmentOf(pid).includes(`${MARK}=${this.#mark}`) && isAlive(pid))
  }
}

export interface CliOptions {
  /** The Node.js to start it with. */
  node?: string
  env?: Record<string, string>
  cwd?: string
}

export interface Finished {
  code: number | string
  stdout: string
  stderr: string
}

function environmentOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8')
  } catch {
    return ''
  }
}

/** A folder that goes after the test, with files. */
export function folderWith(t: Ending, files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'archlab-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  return folder
}
