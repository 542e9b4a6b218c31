import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePorts } from '@archlab/runtime/whole-lab'
import { Missing } from './store-case.ts'

/** When Redis writes down what it has been told (redis.io/docs/management/persistence). */
export type Persistence =
  /** Never. */
  | 'none'
  /** With the operating system before it answers, on the disk once a second. */
  | 'everysec'
  /** On the disk before it answers. */
  | 'always'

/** A redis-server of the benchmark's own. */
export interface OwnRedis {
  readonly url: string
  /** Ends it, and removes what it has written. */
  close(): Promise<void>
}

const PATIENCE_MS = 10_000

/** Starts a redis-server on a free port, in a temporary folder. Rejects with a `Missing` where it is not installed. */
export async function ownRedis(persistence: Persistence): Promise<OwnRedis> {
  const [port] = await freePorts(1)
  const folder = mkdtempSync(join(tmpdir(), 'archlab-bench-'))
  const log = persistence === 'none' ? ['--appendonly', 'no'] : ['--appendonly', 'yes', '--appendfsync', persistence]
  const place = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', '']
  const child = spawn('redis-server', [...place, ...log], { stdio: 'ignore' })
  let over: string | undefined
  const ended = new Promise<void>(resolve => {
    const end = (why: string): void => {
      over = why
      resolve()
    }
    child.once('error', error => end((error as { code?: string }).code ?? 'it cannot be started'))
    child.once('exit', code => end(`it ended with ${code}`))
  })
  const close = async (): Promise<void> => {
    child.kill('SIGKILL')
    await ended
    rmSync(folder, { recursive: true, force: true })
  }
  const untilMs = performance.now() + PATIENCE_MS
  while (!(await accepts(port!))) {
    if (over === undefined && performance.now() < untilMs) continue
    await close()
    throw new Missing(`no redis-server (${over ?? 'no answer'})`)
  }
  return { url: `redis://127.0.0.1:${port}`, close }
}

/** True when something takes connections at the port; otherwise false, a moment later. */
function accepts(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect({ port, host: '127.0.0.1' })
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => setTimeout(resolve, 20, false))
  })
}
