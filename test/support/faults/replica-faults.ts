import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { eventually, httpCall } from '@archlab/runtime/whole-lab'
import type { Fault } from './deal.ts'
import type { FaultLab } from './fault-lab.ts'

/* Faults of single replicas of the sick component; each hits another one. */

const dies = (name: string, replica: number, path: string): Fault => ({
  name,
  strike: lab => lab.ask('sick', replica, path),
  notice: { event: 'replica-died', replica: `sick/${replica}` },
})

/** How often a handler throws; only the first time is logged. */
export const THROWN = 5

export const THROWS: Fault = {
  name: 'throw in a handler',
  async strike({ control }) {
    for (let call = 0; call < THROWN; call++) {
      const { status, headers, text } = await httpCall(`${control.url('sick')}/throw`)
      assert.equal(status, 500)
      assert.match(String(headers['content-type']), /^application\/problem\+json/)
      assert.doesNotMatch(text, /thrown in the handler/)
    }
    return '500'
  },
  notice: { event: 'handler-threw', replica: 'sick/0' },
}
export const UNCAUGHT = dies('uncaught exception', 0, '/throw-later')
export const REJECTED = dies('unhandled rejection', 1, '/reject-later')
export const EXITS = dies('process.exit', 2, '/exit')
export const SPINS: Fault = {
  name: 'endless loop',
  strike: lab => lab.ask('sick', 3, '/block?600000'),
  notice: { event: 'replica-hung', replica: 'sick/3' },
  end: { event: 'replica-died', replica: 'sick/3' },
}

/** A replica that listens on a port, as those whose end by V8 itself would take the host along. */
export const GROWS: Fault = {
  name: 'heap exhaustion',
  call: 'GET /greedy',
  async strike({ control }) {
    return String((await httpCall(`${control.url('greedy')}/leak`)).status)
  },
  notice: { event: 'replica-out-of-memory', replica: 'greedy/0' },
  end: { event: 'replica-died', replica: 'greedy/0' },
}

/** Until somebody else has taken the port, and given it back. */
const TAKEN = 4
let giveBack = async (): Promise<void> => {}

export const PORT_TAKEN: Fault = {
  name: 'port taken at restart',
  async strike(lab) {
    const struck = await lab.ask('sick', TAKEN, '/exit')
    const port = Number(new URL(lab.control.url('sick', TAKEN)).port)
    await eventually(() => listen(port), 'somebody else has the port')
    return struck
  },
  notice: { event: 'replica-died', replica: `sick/${TAKEN}` },
  async meanwhile(lab) {
    await lab.control.does(() => isRefusedItsPort(lab), 'it is told that its port is taken')
    await giveBack()
  },
}

/** Listens, unless somebody does already. */
function listen(port: number): Promise<boolean> {
  const server = createServer(socket => socket.destroy())
  return new Promise(resolve => {
    server.once('error', () => resolve(false))
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      giveBack = () => new Promise(done => server.close(() => done()))
      resolve(true)
    })
  })
}

async function isRefusedItsPort({ control }: FaultLab): Promise<boolean> {
  const lines = await control.log()
  return lines.some(
    ({ replica, event, fields }) =>
      replica === `sick/${TAKEN}` && event === 'replica-died' && /cannot listen/.test(String(fields.error)),
  )
}
