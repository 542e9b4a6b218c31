import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { LoadJob, LoadProgress } from '../engine/load-run.ts'
import type { FromGenerator, GeneratorReport, ToGenerator } from './protocol.ts'

const PROGRAM = fileURLToPath(new URL('./main.ts', import.meta.url))

/** The run could not be made. `login`: because nobody could log in. */
export class GeneratorError extends Error {
  readonly login: boolean
  constructor(message: string, login: boolean) {
    super(message)
    this.login = login
  }
}

export interface GeneratorOptions {
  progress?(progress: LoadProgress): void
  /** Where every arrival is written as CSV. */
  rawFile?: string
  /** Whether every arrival comes with the report. */
  keepSamples?: boolean
}

/** Makes the load in a process of its own, so that nothing else takes its time. */
export class Generator {
  /** Rejects with a GeneratorError. */
  readonly report: Promise<GeneratorReport>
  readonly #process: ChildProcess

  constructor(job: LoadJob, options: GeneratorOptions = {}) {
    this.#process = fork(PROGRAM, {
      serialization: 'advanced',
      execArgv: process.execArgv,
      stdio: ['ignore', 2, 2, 'ipc'],
    })
    this.report = new Promise((resolve, reject) => {
      this.#process.on('message', (message: FromGenerator) => {
        if (message.type === 'progress') options.progress?.(message.progress)
        else if (message.type === 'done') resolve(message.report)
        else reject(new GeneratorError(message.message, message.login))
        if (message.type !== 'progress') this.#process.disconnect()
      })
      this.#process.on('error', error => reject(new GeneratorError(error.message, false)))
      this.#process.on('exit', (code, signal) =>
        reject(new GeneratorError(`the generator ended: ${signal ?? code}`, false)),
      )
    })
    const { rawFile = null, keepSamples = false } = options
    this.#say({ type: 'start', job, rawFile, keepSamples })
  }

  /** No more arrivals; the report comes when those under way have ended. */
  stop(): void {
    if (this.#process.connected) this.#say({ type: 'stop' })
  }

  #say(message: ToGenerator): void {
    this.#process.send(message)
  }
}
