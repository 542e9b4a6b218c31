import { type LoadHooks, LoadRun } from '../engine/load-run.ts'
import { LoginError } from '../engine/logins.ts'
import { SampleLog } from '../record/sample-log.ts'
import type { FromGenerator, ToGenerator } from './protocol.ts'
import { RawFile } from './raw-file.ts'
import { reportOf } from './report-of.ts'

/* Entry of the generator's process: one run, told what to do by whoever started it. */

const tell = (message: FromGenerator): void => void process.send!(message)
let run: LoadRun | undefined

// Ctrl-C reaches every process of the terminal, and so does its end; the one that a person started decides.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {})
// Without it nobody would read the result.
process.on('disconnect', () => process.exit(0))
process.on('message', (message: ToGenerator) => {
  if (message.type === 'stop') run?.stop()
  else if (message.type === 'start') void start(message)
})

async function start({ job, rawFile, keepSamples }: Extract<ToGenerator, { type: 'start' }>): Promise<void> {
  let raw: RawFile | undefined
  try {
    const names = job.workload.requests.map(({ name }) => name)
    raw = rawFile === null ? undefined : new RawFile(rawFile, names)
    const log = keepSamples ? new SampleLog() : undefined
    const takers = [raw?.add, log?.add].filter(add => add !== undefined)
    const hooks: LoadHooks = {
      progress: progress => tell({ type: 'progress', progress }),
      each: ended => {
        for (const add of takers) add(ended)
      },
    }
    run = new LoadRun(job, hooks)
    const record = await run.run()
    raw?.close()
    tell({ type: 'done', report: { ...reportOf(record), ...(log ? { samples: log.samples() } : {}) } })
  } catch (error) {
    raw?.close()
    tell({ type: 'failed', message: (error as Error).message, login: error instanceof LoginError })
  }
}
