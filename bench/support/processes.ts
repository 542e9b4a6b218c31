import { type ChildProcess, spawn } from 'node:child_process'
import { rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const TETHER = fileURLToPath(new URL('./tether.ts', import.meta.url))
const STDERR_KEPT = 4000

/** The pinned Node first, so that `npm` and scripts started from here run on it too. */
export const pinnedEnvironment: NodeJS.ProcessEnv = {
  ...process.env,
  PATH: `${dirname(process.execPath)}:${process.env.PATH ?? ''}`,
}

export interface StartOptions {
  /** What messages call it. */
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  /** How the program is asked to end; default SIGTERM. */
  readonly stopSignal?: NodeJS.Signals
  /** How long it may take to end before it is killed; default 5 s. */
  readonly graceMs?: number
}

/** A started program. */
export class Program {
  readonly name: string
  readonly #child: ChildProcess
  readonly #graceMs: number
  readonly #exited: Promise<void>
  #stderr = ''
  #ending = false
  #exitCode: number | null = null
  readonly #lines: string[] = []
  #listener: ((line: string) => void) | undefined

  constructor(options: StartOptions) {
    this.name = options.name
    this.#graceMs = options.graceMs ?? 5000
    this.#child = spawn(
      process.execPath,
      [TETHER, options.stopSignal ?? 'SIGTERM', String(this.#graceMs), options.command, ...options.args],
      // A group of its own: Ctrl-C in a terminal reaches the benchmark only, and that ends its programs in order.
      { stdio: ['pipe', 'pipe', 'pipe'], detached: true, env: pinnedEnvironment },
    )
    this.#child.stdin!.on('error', () => {})
    this.#child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-STDERR_KEPT)
    })
    createInterface({ input: this.#child.stdout! }).on('line', line => this.#take(line))
    this.#exited = new Promise(resolve => {
      this.#child.on('error', error => {
        this.#stderr += error.message
        this.#exitCode ??= 127
        resolve()
      })
      this.#child.on('close', code => {
        this.#exitCode = code ?? 1
        resolve()
      })
    })
  }

  /** Process id of the tether; the command is its only child. */
  get pid(): number {
    return this.#child.pid ?? -1
  }

  /** Why the program is no longer there, when nobody asked it to end; else `undefined`. */
  get failure(): string | undefined {
    if (this.#ending || this.#exitCode === null) return undefined
    return `${this.name} ended by itself with code ${this.#exitCode}${this.#stderr ? `:\n${this.#stderr.trim()}` : ''}`
  }

  /** The first line of standard output for which `read` returns something. Rejects when the program ends before. */
  line<T>(read: (line: string) => T | undefined, timeoutMs: number): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const fail = (message: string): void => {
        clearTimeout(timer)
        this.#listener = undefined
        reject(new Error(message))
      }
      const timer = setTimeout(
        () => fail(`${this.name} was not ready within ${timeoutMs} ms\n${this.#stderr.trim()}`),
        timeoutMs,
      )
      const take = (text: string): void => {
        const value = read(text)
        if (value === undefined) return
        clearTimeout(timer)
        this.#listener = undefined
        resolve(value)
      }
      this.#listener = take
      for (const text of this.#lines.splice(0)) take(text)
      void this.#exited.then(() => fail(this.failure ?? `${this.name} was ended`))
    })
  }

  /** Asks the program to end and waits until it has; killed when it takes longer than its grace. */
  async stop(): Promise<void> {
    this.#ending = true
    if (this.#exitCode === null) {
      this.#child.stdin!.end()
      const timer = setTimeout(() => this.#child.kill('SIGKILL'), this.#graceMs + 3000)
      await this.#exited
      clearTimeout(timer)
    }
  }

  #take(line: string): void {
    if (this.#listener) this.#listener(line)
    // Kept until somebody asks for a line; a lab prints a handful.
    else if (this.#lines.length < 1000) this.#lines.push(line)
  }
}

/** Every program a benchmark has started. */
export class Processes {
  readonly #programs = new Set<Program>()
  readonly #folders = new Set<string>()

  /** Those that nobody has ended, in the order of their starts. */
  get programs(): readonly Program[] {
    return [...this.#programs]
  }

  start(options: StartOptions): Program {
    const program = new Program(options)
    this.#programs.add(program)
    return program
  }

  /** A temporary folder that goes when the programs have ended. */
  removeAtEnd(folder: string): void {
    this.#folders.add(folder)
  }

  /** Messages about programs that ended by themselves since the last call. */
  takeFailures(): string[] {
    const failures: string[] = []
    for (const program of this.#programs) {
      const { failure } = program
      if (failure === undefined) continue
      failures.push(failure)
      this.#programs.delete(program)
    }
    return failures
  }

  async stopAll(): Promise<void> {
    const programs = [...this.#programs]
    this.#programs.clear()
    await Promise.all(programs.map(program => program.stop()))
    for (const folder of this.#folders) rmSync(folder, { recursive: true, force: true })
    this.#folders.clear()
  }
}

/** Runs a benchmark with a set of programs and ends them all afterwards: on success, on an error, and on Ctrl-C. */
export async function withProcesses<T>(run: (processes: Processes) => Promise<T>): Promise<T> {
  const processes = new Processes()
  const interrupt = (signal: NodeJS.Signals): void => {
    process.stderr.write(`\n${signal}: ending the programs under test\n`)
    void processes.stopAll().finally(() => process.exit(signal === 'SIGINT' ? 130 : 143))
  }
  process.once('SIGINT', interrupt)
  process.once('SIGTERM', interrupt)
  try {
    return await run(processes)
  } finally {
    process.off('SIGINT', interrupt)
    process.off('SIGTERM', interrupt)
    await processes.stopAll()
  }
}
