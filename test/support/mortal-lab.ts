import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { type CallResult, eventually, freePorts, httpCall } from '@archlab/runtime/whole-lab'
import { Cli, folderWith } from './cli.ts'
import { isAlive } from './listening.ts'
import type { Ending } from './own-server.ts'

/** Which processes of a lab are killed. */
export type Victims =
  /** The host process; the supervisor starts another one. */
  | 'host'
  /** The host and the supervisor at once, or the host would notice that its supervisor is gone, and end in order. */
  | 'lab'

/** Of the lab's log, what an error shows. */
const LOG_CHARACTERS = 5000

const READ_MS = 120_000

/** A lab in processes of its own, one of whose components keeps its port over all of its lives. */
export class MortalLab {
  readonly url: string
  readonly folder: string
  readonly #t: Ending
  readonly #port: string
  readonly #clis: Cli[] = []
  #controlUrl = ''

  private constructor(t: Ending, files: Readonly<Record<string, string>>, component: string, port: number) {
    this.#t = t
    // Hooks run in this order: the lab has ended before its folder goes.
    t.after(() => this.end())
    this.folder = folderWith(t as TestContext, files)
    this.#port = `components.${component}.port=${port}`
    this.url = `http://127.0.0.1:${port}`
  }

  /** Starts the topology among `files`; `url` is that of `component`. It ends after the test. */
  static async start(t: Ending, files: Readonly<Record<string, string>>, component: string): Promise<MortalLab> {
    const [port] = await freePorts(1)
    const lab = new MortalLab(t, files, component, port!)
    await lab.up()
    return lab
  }

  /** Process ids; to be asked for while the lab is well. */
  async victims(which: Victims): Promise<readonly number[]> {
    const { hostPids } = (await httpCall(`${this.#controlUrl}/status`)).json
    return which === 'host' ? hostPids : [...hostPids, this.#clis.at(-1)!.pid]
  }

  /** Starts it again with what its last life has left behind. */
  async up(): Promise<void> {
    const args = ['up', '--json', '--control-port', '0', '--set', this.#port]
    const cli = Cli.start(this.#t as TestContext, args, {
      cwd: this.folder,
      env: { ARCHLAB_STATE: join(this.folder, 'state') },
    })
    this.#clis.push(cli)
    this.#controlUrl = (await cli.ready()).controlUrl
  }

  /** Sends a GET; `undefined` when nothing is answered, as while a replica is replaced. */
  ask(path: string): Promise<CallResult | undefined> {
    return httpCall(this.url + path).catch(() => undefined)
  }

  /** Sends a GET until it is answered 200 or 404. */
  async read(path: string): Promise<CallResult> {
    let reply: CallResult | undefined
    const isKnown = async (): Promise<boolean> => {
      reply = await this.ask(path)
      return reply?.status === 200 || reply?.status === 404
    }
    await this.does(isKnown, `${path} can be read`, READ_MS)
    return reply!
  }

  /** Waits for something that this lab has to do; what it has logged is part of the error when it does not. */
  async does(condition: () => boolean | Promise<boolean>, what: string, timeoutMs: number): Promise<void> {
    try {
      await eventually(condition, what, timeoutMs)
    } catch (error) {
      const logged = this.#clis.map(({ stderr }) => stderr).join('')
      throw new Error(`${(error as Error).message}\n${logged.slice(-LOG_CHARACTERS)}`)
    }
  }

  /** Kills what still runs. */
  async end(): Promise<void> {
    await kill(this.#clis.flatMap(cli => cli.processes()))
    await eventually(() => this.#clis.every(cli => cli.processes().length === 0), 'the lab has ended')
  }
}

/** `kill -9`; resolves when the processes are dead. */
export async function kill(pids: readonly number[]): Promise<void> {
  for (const pid of pids) process.kill(pid, 'SIGKILL')
  await eventually(() => !pids.some(isAlive), 'the processes are dead')
}
