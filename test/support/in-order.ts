import type { Ending } from './own-server.ts'

const INTERRUPTED = 130
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** Does a command's work, and cleans up after it; also when a signal ends it, then with exit code 130. */
export async function inOrder<Result>(
  work: (t: Ending) => Promise<Result>,
  progress: (text: string) => void,
): Promise<Result> {
  const closers: (() => void | Promise<void>)[] = []
  const close = async (): Promise<void> => {
    for (const closer of closers.splice(0)) await closer()
  }
  let isInterrupted = false
  const interrupted = (): void => {
    isInterrupted = true
    progress('interrupted: cleaning up')
    void close().finally(() => process.exit(INTERRUPTED))
  }
  for (const signal of SIGNALS) process.once(signal, interrupted)
  try {
    return await work({ after: closer => void closers.push(closer) })
  } finally {
    // What it worked on is being taken away: how it ends says nothing, and the process ends when that is done.
    if (isInterrupted) await new Promise<never>(() => {})
    for (const signal of SIGNALS) process.off(signal, interrupted)
    await close()
  }
}
