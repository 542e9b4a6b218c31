import { readFileSync } from 'node:fs'
import type { TestContext } from 'node:test'
import { type CallResult, eventually, httpCall, type LabUnderTest, postJson } from '@archlab/runtime/whole-lab'
import { Cli } from './cli.ts'
import type { Ending } from './own-server.ts'

export type LabStatus = Awaited<ReturnType<LabUnderTest['close']>>

/** A line of the log, as `/logs` has it. */
export interface LogLine {
  readonly number: number
  readonly at: string
  readonly replica: string
  readonly event: string
  readonly fields: Readonly<Record<string, unknown>>
}

/** A lab that `archlab up` runs in processes of its own, spoken to through its control API alone. */
export class ControlledLab {
  readonly #cli: Cli
  readonly #controlUrl: string
  readonly #authorization: string
  readonly #ports: ReadonlyMap<string, readonly number[]>

  private constructor(cli: Cli, controlUrl: string, token: string, ports: ReadonlyMap<string, readonly number[]>) {
    this.#cli = cli
    this.#controlUrl = controlUrl
    this.#authorization = `Bearer ${token}`
    this.#ports = ports
  }

  /** Starts the topology of a file with more arguments of `archlab up`; it is ended by force after the test at the latest. */
  static async start(
    t: Ending,
    file: string,
    options: { args?: readonly string[]; env?: Record<string, string> } = {},
  ): Promise<ControlledLab> {
    const { args = [], env = {} } = options
    const all = ['up', '--json', '--control-port', '0', '--file', file, ...args]
    const cli = Cli.start(t as TestContext, all, { env })
    const { controlUrl, components } = await cli.ready()
    const { tokenFile } = (await httpCall(`${controlUrl}/operations`)).json
    const ports = new Map(components.map(one => [one.name, one.ports]))
    return new ControlledLab(cli, controlUrl, readFileSync(tokenFile, 'utf8').trim(), ports)
  }

  /** Base address of a component's port; `which` counts its ports. */
  url(component: string, which = 0): string {
    return `http://127.0.0.1:${this.#ports.get(component)![which]}`
  }

  /** Every port that it listens on, the control API's too. */
  get ports(): number[] {
    return [...[...this.#ports.values()].flat(), Number(new URL(this.#controlUrl).port)]
  }

  /** The supervisor's. */
  get pid(): number {
    return this.#cli.pid
  }

  /** Every process of the lab that lives. */
  processes(): number[] {
    return this.#cli.processes()
  }

  async status(): Promise<LabStatus> {
    return (await this.#get('/status')).json
  }

  /** Log lines after the one with this number. */
  async log(after = 0): Promise<readonly LogLine[]> {
    return (await this.#get(`/logs?after=${after}`)).json.lines
  }

  /** True when the lab is ready, and all of its replicas are. */
  async isWhole(): Promise<boolean> {
    return (await this.#get('/healthz')).status === 200
  }

  /** Resolves when every replica serves; what it has logged is part of the error when that does not happen. */
  async whole(timeoutMs = 30_000): Promise<void> {
    await this.does(() => this.isWhole(), 'every replica is ready', timeoutMs)
  }

  /** Waits for something that this lab has to do; its state and the end of its log are part of the error. */
  async does(condition: () => boolean | Promise<boolean>, what: string, timeoutMs = 30_000): Promise<void> {
    try {
      await eventually(condition, what, timeoutMs)
    } catch (error) {
      const health = await this.#get('/healthz').then(
        ({ text }) => text,
        failure => String(failure),
      )
      throw new Error(`${(error as Error).message}\n${health}\n${this.#cli.stderr.slice(-3000)}`)
    }
  }

  /** Does what an event of `environment:` says; resolves to the reply. */
  operate(event: Readonly<Record<string, unknown>>): Promise<CallResult> {
    return this.#post('/operations', event)
  }

  /** Patches the topology, in the grammar of `--set`; resolves to the reply. */
  patch(...set: readonly string[]): Promise<CallResult> {
    return this.#post('/topology', { set })
  }

  /** Sends a signal to the supervisor; resolves when it has ended. */
  async signal(signal: NodeJS.Signals): Promise<number | string> {
    this.#cli.signal(signal)
    return this.#cli.exit()
  }

  #get(path: string): Promise<CallResult> {
    return httpCall(this.#controlUrl + path)
  }

  #post(path: string, value: unknown): Promise<CallResult> {
    const headers = { authorization: this.#authorization }
    return postJson(this.#controlUrl + path, value, { headers, timeoutMs: 60_000 })
  }
}
