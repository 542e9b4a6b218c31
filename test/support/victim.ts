import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { eventually, type LabUnderTest, overTransport, postJson, startLab } from '@archlab/runtime/whole-lab'
import { catalogs, type Transport } from './lab5.ts'
import { type RawReply, type Talk, type TalkOptions, talk } from './raw-socket.ts'

const FILE = fileURLToPath(new URL('./abuse.yaml', import.meta.url))
/** What the lab signs its tokens with. */
export const SECRET = randomBytes(32).toString('base64url')
/** The Host field of every message. */
export const HOST = 'Host: lab.test\r\n'

export const get = (target: string, fields = ''): string => `GET ${target} HTTP/1.1\r\n${HOST}${fields}\r\n`
export const post = (target: string, fields: string, body = ''): string =>
  `POST ${target} HTTP/1.1\r\n${HOST}${fields}\r\n${body}`

/** A lab under attack, and how to see whether it is well. */
export class Victim {
  readonly lab: LabUnderTest
  constructor(lab: LabUnderTest) {
    this.lab = lab
  }

  static async start(t: TestContext, transport: Transport = 'channel'): Promise<Victim> {
    const env = { ABUSE_TEST_SECRET: SECRET }
    const lab = await startLab(t, { file: FILE }, { catalogs, env, mapTopology: overTransport(transport) })
    return new Victim(lab)
  }

  get url(): string {
    return this.lab.url('edge')
  }
  port(component = 'edge'): number {
    return Number(new URL(this.lab.url(component)).port)
  }
  talk(pieces: string | Uint8Array | readonly (string | Uint8Array)[], options?: TalkOptions): Promise<Talk> {
    return talk(this.port(), pieces, options)
  }
  /** The only reply to a message, after which the connection was closed. */
  async refusal(message: string | Uint8Array): Promise<RawReply> {
    const { replies, closed } = await this.talk(message)
    assert.equal(closed, true)
    assert.equal(replies.length, 1, JSON.stringify(replies))
    return replies[0]!
  }
  async counts(component: string) {
    const { statuses, received, abandoned, faults, refused, connections, counters } = (await this.lab.lab.status())
      .components[component]!
    const answered = Object.values(statuses).reduce((sum, count) => sum + count, 0)
    return {
      statuses,
      received,
      abandoned,
      faults,
      refused,
      connections,
      counters,
      inFlight: received - answered - abandoned,
    }
  }
  /** The lab answers, nothing is under way any more, and nothing was worth a log line. */
  async assertWell(): Promise<void> {
    const { status, text } = await postJson(`${this.url}/raw`, 'well?')
    assert.deepEqual([status, text], [200, '"well?"'])
    for (const component of Object.keys(this.lab.lab.topology.components)) {
      await eventually(async () => (await this.counts(component)).inFlight === 0, `${component} has nothing in flight`)
      assert.equal((await this.counts(component)).faults, 0, component)
    }
    assert.deepEqual(this.lab.logged, [])
  }
}
