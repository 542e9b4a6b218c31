import { createServer } from 'node:net'
import { devNull } from 'node:os'
import { join } from 'node:path'
import type { Processes, Program } from './processes.ts'
import { ROOT } from './results.ts'

const READY_TIMEOUT_MS = 60_000

/** A running lab. */
export interface StartedLab {
  readonly program: Program
  /** From the start of the command to its `ready` event, as seen from outside, in milliseconds. */
  readonly startMs: number
  /** Where its control API is. */
  readonly controlUrl: string
  /** Process ids of its hosts. */
  readonly hostPids: readonly number[]
}

/** Runs `archlab up` on a topology and waits until it is ready. `patches` are `--set` arguments. */
export async function startLab(
  processes: Processes,
  name: string,
  file: string,
  patches: readonly string[],
  options: { readonly readyTimeoutMs?: number; readonly graceMs?: number } = {},
): Promise<StartedLab> {
  const { readyTimeoutMs = READY_TIMEOUT_MS, graceMs = 10_000 } = options
  const startedMs = performance.now()
  const program = processes.start({
    name,
    command: process.execPath,
    args: [
      join(ROOT, 'runtime/archlab.js'),
      'up',
      ...['--file', file, '--json', '--control-port', '0', '--status-log', devNull],
      ...patches.flatMap(patch => ['--set', patch]),
    ],
    stopSignal: 'SIGINT',
    graceMs,
  })
  const { controlUrl, hostPids } = await program.line(readyEvent, readyTimeoutMs)
  return {
    program,
    startMs: performance.now() - startedMs,
    controlUrl: String(controlUrl),
    hostPids: hostPids as number[],
  }
}

/** The `ready` event when the line is one. */
export function readyEvent(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith('{')) return undefined
  try {
    const event = JSON.parse(line) as Record<string, unknown>
    return event.event === 'ready' ? event : undefined
  } catch {
    return undefined
  }
}

/** A port of the loopback interface that nobody uses at this moment. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })
}
