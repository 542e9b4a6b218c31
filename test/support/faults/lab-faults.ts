import assert from 'node:assert/strict'
import { eventually } from '@archlab/runtime/whole-lab'
import type { Fault } from './deal.ts'
import { type FaultLab, LIMIT } from './fault-lab.ts'

/* Faults of what a lab stands on: its clock, its stores, its processes. */

const HALF_AN_HOUR_MS = 1_800_000

/** An hour ahead, an hour behind, and back, in the supervisor and the host. */
export const CLOCK: Fault = {
  name: 'clock jump',
  async strike(lab) {
    for (let call = 0; call < LIMIT; call++) assert.equal((await lab.call('/limited')).status, 200)
    const jobs = [await submit(lab)]
    for (const jump of ['ahead', 'behind', 'back']) {
      for (const pid of [lab.control.pid, await lab.hostPid()]) process.kill(pid, 'SIGUSR2')
      await Promise.all([lab.load.goesOn(), lab.neighbours.goesOn()])
      assert.equal((await lab.call('/limited')).status, 429, 'no window has gone by')
      jobs.push(await submit(lab))
      const { submittedAt } = (await lab.call(jobs.at(-1)!)).json
      const hasJumped = Math.abs(Date.parse(submittedAt) - Date.now()) > HALF_AN_HOUR_MS
      assert.equal(hasJumped, jump !== 'back', 'the lab has another time')
      const { uptimeMs } = await lab.control.status()
      assert.ok(uptimeMs > 0 && uptimeMs < HALF_AN_HOUR_MS, `it runs for ${uptimeMs} ms`)
    }
    for (const job of jobs) {
      await lab.control.does(async () => (await lab.call(job)).json.state === 'done', 'the job is done')
    }
    return undefined
  },
}

async function submit(lab: FaultLab): Promise<string> {
  const body = JSON.stringify({ kind: 'sleep', duration: '100ms' })
  const { status, headers } = await lab.call('/task', { method: 'POST', body })
  assert.equal(status, 202)
  return String(headers.location)
}

const SHELF = '/cache/a'

/** Connections are cut and refused, then taken again. */
export const STORE_AWAY: Fault = {
  name: 'store away',
  call: `GET ${SHELF}`,
  async strike({ store }) {
    await store.refuse()
    return undefined
  },
  notice: { event: 'store-unreachable', replica: 'shelf/0' },
  async meanwhile(lab) {
    await eventually(async () => (await lab.call(SHELF)).status === 503, 'the store is missed')
    await lab.store.resume()
    await eventually(async () => (await lab.call(SHELF)).status === 200, 'the store is back')
  },
}

/** What the worker writes to the file of its jobs fails for a while. */
export const DISK_FULL: Fault = {
  name: 'full disk',
  call: 'POST /task',
  async strike({ control }) {
    const { status, text } = await control.operate({ 'disk-full': 'worker', for: '300ms' })
    assert.equal(status, 200, text)
    return undefined
  },
  notice: { event: 'store-unreachable', replica: 'worker/0' },
  async meanwhile(lab) {
    await eventually(async () => (await lab.call('/task', { method: 'POST' })).status === 503, 'no task is taken')
    await eventually(async () => (await lab.call('/task', { method: 'POST' })).status === 202, 'tasks are taken')
  },
}

const HOST_DIED = { event: 'host-died', replica: '' }

export const HOST_ABORTS: Fault = {
  name: 'native abort of the host',
  strike: lab => lab.ask('sick', 5, '/abort'),
  notice: HOST_DIED,
}

export const HOST_KILLED: Fault = {
  name: 'SIGKILL of the host',
  async strike(lab) {
    process.kill(await lab.hostPid(), 'SIGKILL')
    return undefined
  },
  notice: HOST_DIED,
}

/* The same with the host of a component that has one for itself: what all others ask of each other goes on. */

const APART = 'GET /apart'

export const OWN_HOST_ABORTS: Fault = {
  name: 'native abort of a host of its own',
  call: APART,
  strike: lab => lab.ask('apart', 0, '/abort'),
  notice: HOST_DIED,
}

export const OWN_HOST_KILLED: Fault = {
  name: 'SIGKILL of a host of its own',
  call: APART,
  async strike(lab) {
    process.kill(await lab.ownHostPid(), 'SIGKILL')
    return undefined
  },
  notice: HOST_DIED,
}
