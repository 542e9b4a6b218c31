import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Ending, httpCall, postJson } from '@archlab/runtime/whole-lab'
import { Cli, folderWith } from '../cli.ts'

/** A lab that `archlab up` runs, and that is changed over its control API or by its file. */
export class EditedUp {
  /** Its topology file. */
  readonly file: string
  /** Where what belongs to it lies. */
  readonly folder: string
  /** The supervisor, then the hosts. */
  readonly pids: readonly number[]
  readonly #cli: Cli
  readonly #controlUrl: string
  readonly #authorization: string

  private constructor(cli: Cli, folder: string, facts: { controlUrl: string; pids: readonly number[]; token: string }) {
    this.#cli = cli
    this.folder = folder
    this.file = join(folder, 'topology.yaml')
    this.pids = facts.pids
    this.#controlUrl = facts.controlUrl
    this.#authorization = `Bearer ${facts.token}`
  }

  static async start(t: Ending, text: string, envIn: (folder: string) => Record<string, string>): Promise<EditedUp> {
    const folder = folderWith(t, { 'topology.yaml': text })
    const env = { ARCHLAB_STATE: join(folder, 'state'), ...envIn(folder) }
    const files = ['--status-log', join(folder, 'log.json'), '--file', join(folder, 'topology.yaml')]
    const cli = Cli.start(t, ['up', '--json', '--control-port', '0', ...files], { env })
    const { controlUrl, pid, hostPids } = await cli.ready()
    const { json } = await httpCall(`${controlUrl}/operations`)
    const token = readFileSync(json.tokenFile, 'utf8').trim()
    return new EditedUp(cli, folder, { controlUrl, pids: [pid, ...hostPids], token })
  }

  /** Applies patches; resolves when the lab has become what they say. */
  async set(patches: readonly string[]): Promise<void> {
    const headers = { authorization: this.#authorization }
    const { status, text } = await postJson(`${this.#controlUrl}/topology`, { set: patches }, { headers })
    if (status !== 200) throw new Error(`an edit was refused: ${status} ${text}`)
  }

  async close(): Promise<void> {
    this.#cli.signal('SIGINT')
    await this.#cli.exit()
  }
}
