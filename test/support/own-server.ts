import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { eventually } from '@archlab/runtime/whole-lab'
import { guard } from './guard.ts'
import { canSeeSockets, isAlive } from './listening.ts'

/** A test, or a command, whose end others can wait for. */
export interface Ending {
  after(clean: () => void | Promise<void>): void
}

/** How a server is started. */
export interface OwnServerOptions {
  readonly program: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** Its data, and the file `server.log`. */
  readonly folder: string
  /** The port of 127.0.0.1 at which it takes connections. */
  readonly port: number
  /** Whose process it is; ours unless given. */
  readonly user?: User | undefined
}

export interface User {
  readonly uid: number
  readonly gid: number
}

/** A broker takes five seconds, and a multiple of that on a machine that has other things to do. */
const START_MS = 240_000

/** Why servers of one's own cannot be had on this system; false when they can. */
export const noOwnServers: string | false = canSeeSockets ? false : 'processes of a server are only found on Linux'

/** A server that a test starts for itself, kills, and starts again on the same data. */
export class OwnServer {
  readonly port: number
  readonly #options: OwnServerOptions
  #child: ChildProcess | undefined
  #exited: Promise<void> | undefined
  #guard: ChildProcess | undefined

  /** Starts nothing yet; what runs after the test is killed. */
  constructor(t: Ending, options: OwnServerOptions) {
    this.port = options.port
    this.#options = options
    t.after(() => this.kill())
  }

  /** Resolves when it takes connections; rejects with the end of its log when it ends instead. */
  async start(): Promise<void> {
    const { program, args, env, folder, user } = this.#options
    const log = openSync(join(folder, 'server.log'), 'a')
    const child = spawn(program, args, {
      cwd: folder,
      env: { PATH: process.env.PATH, ...env },
      stdio: ['ignore', log, log],
      detached: true,
      ...user,
    })
    closeSync(log)
    this.#child = child
    this.#guard = child.pid === undefined ? undefined : guard(-child.pid)
    let over: string | undefined
    child.once('error', error => {
      over = error.message
    })
    this.#exited = new Promise(resolve => {
      child.once('exit', (code, signal) => {
        over = `ended with ${code ?? signal}`
        resolve()
      })
    })
    const answers = async (): Promise<boolean> => {
      if (over !== undefined) throw new Error(`${program} ${over}: ${this.#logTail()}`)
      return accepts(this.port)
    }
    await eventually(answers, `${program} takes connections`, START_MS)
  }

  /** `kill -9` of all its processes at once; resolves when they are dead. */
  async kill(): Promise<void> {
    const pid = this.#child?.pid
    this.#child = undefined
    this.#guard?.kill('SIGKILL')
    if (pid === undefined || !isAlive(pid)) return
    // Stopped first, so that it cannot start another process that would escape.
    process.kill(pid, 'SIGSTOP')
    const pids = [pid, ...descendants(pid)]
    for (const one of pids) killNow(one)
    // Until we have taken note of its end, its pid is still there, and PostgreSQL would take that for another server.
    await this.#exited
    await eventually(() => !pids.some(isAlive), 'the server is dead')
  }

  #logTail(): string {
    return readFileSync(join(this.#options.folder, 'server.log'), 'utf8').slice(-2000)
  }
}

/** True when something takes connections at the port. */
export function accepts(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect({ port, host: '127.0.0.1' })
    const end = (there: boolean): void => {
      socket.destroy()
      resolve(there)
    }
    socket.once('connect', () => end(true)).once('error', () => end(false))
  })
}

/** Processes that a process has started, and those that they have. */
function descendants(root: number): number[] {
  const parents = new Map<number, number>()
  for (const name of readdirSync('/proc').filter(one => /^\d+$/.test(one))) {
    const parent = parentOf(Number(name))
    if (parent !== undefined) parents.set(Number(name), parent)
  }
  const found = [root]
  for (const pid of found) {
    for (const [child, parent] of parents) if (parent === pid) found.push(child)
  }
  return found.slice(1)
}

function parentOf(pid: number): number | undefined {
  try {
    // The name stands in brackets, and may hold anything.
    return Number(/\) \S (\d+)[^)]*$/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1])
  } catch {
    return undefined
  }
}

function killNow(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended already.
  }
}
