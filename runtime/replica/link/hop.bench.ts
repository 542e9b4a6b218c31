import { Reply, Request } from '../../kit/index.ts'
import { type Batch, packReply, packRequest, unpackReply, unpackRequest } from './channel-wire.ts'
import { ReplyParser } from './reply-parser.ts'

interface BenchCase {
  group: string
  name: string
  ours: boolean
  /** Operations in one `run`. */
  batch: number
  run(): void
}

const BATCH = 1000
const GROUP = 'hop framing'
const HEADERS = '\naccept: application/json\nauthorization: Bearer abcdefghijklmnopqrstuvwxyz\nuser-agent: bench'
const REQUEST = new Request({ method: 'GET', path: '/data', query: 'page=2', headers: HEADERS, deadlineMs: 5000 })
const REPLY = new Reply(200, '\ncontent-type: application/json', '{"cached":true,"data":"Fetched fresh data from DB"}')
const BYTES = Buffer.from(
  'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nx-archlab-replica: cache/0\r\ncontent-length: 51\r\n\r\n' +
    '{"cached":true,"data":"Fetched fresh data from DB"}',
)

const common = { group: GROUP, ours: true, batch: BATCH }

/** What the wire of a hop costs without the wire: messages are packed and unpacked, bytes are read. */
const cases: BenchCase[] = [
  {
    ...common,
    name: 'channel, request',
    run() {
      const batch: Batch = []
      for (let id = 0; id < BATCH; id++) {
        batch.length = 0
        packRequest(batch, id, REQUEST, '')
        if (unpackRequest(batch, 0, id).path !== '/data') throw new Error('not the request')
      }
    },
  },
  {
    ...common,
    name: 'channel, reply',
    run() {
      const batch: Batch = []
      for (let id = 0; id < BATCH; id++) {
        batch.length = 0
        packReply(batch, id, REPLY, 'cache/0', '')
        if (unpackReply(batch, 0).status !== 200) throw new Error('not the reply')
      }
    },
  },
  {
    ...common,
    name: 'http, reply',
    run() {
      for (let id = 0; id < BATCH; id++) {
        if (new ReplyParser(false).feed(BYTES)?.status !== 200) throw new Error('not the reply')
      }
    },
  },
]

export default cases
