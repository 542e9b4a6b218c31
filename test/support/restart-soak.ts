import type { Agent } from 'node:http'
import { httpCall, type LabUnderTest, postJson } from '@archlab/runtime/whole-lab'
import { ClosedLoad } from './closed-load.ts'
import { bearer, logIn, startLab5, type Transport, USER } from './lab5.ts'
import type { Ending } from './own-server.ts'

/** Without limits; one half of the reads comes from the cache, the other one from the database. */
const PATCHES = ['tactics.rate-limit=off', 'components.microservice-a.links.database.tactics.cache=off']

/** Lab 5 under load: clients whose connections are kept, and clients with a connection for each request. */
export interface LoadedLab {
  readonly lab: LabUnderTest
  /** Replies other than 2xx that came while `action` ran, by status. */
  failuresDuring(action: () => Promise<unknown>): Promise<Record<string, number>>
  /** Ends the load; resolves to what clients have got, and what the entry has counted, by status. */
  stop(): Promise<{ got: Record<string, number>; counted: Record<string, number> }>
}

/** Starts Lab 5, and its clients: 16 and 4. Their requests go to every component of it. */
export async function startLoadedLab(t: Ending, transport: Transport): Promise<LoadedLab> {
  const lab = await startLab5(t, { set: PATCHES, transport })
  const edge = lab.url('edge')
  const headers = bearer(await logIn(edge))
  let calls = 0
  const mixed = (agent: Agent) => {
    calls += 1
    // Checking a password takes much of the processor.
    if (calls % 64 === 0) return postJson(`${edge}/login`, USER, { agent })
    if (calls % 16 === 1) return postJson(`${edge}/longtask`, { task: 'report' }, { agent, headers })
    return httpCall(`${edge}/data`, { agent, headers })
  }
  const loads = [ClosedLoad.start(t, mixed, 16), ClosedLoad.start(t, mixed, 4, false)] as const
  return {
    lab,
    async failuresDuring(action) {
      const [kept, single] = loads
      let failures: Record<string, number> = {}
      const others = await kept.failuresDuring(async () => {
        failures = await single.failuresDuring(action)
      })
      return sum([failures, others])
    },
    async stop() {
      // The token has been asked for before.
      const got = sum([{ 200: 1 }, ...(await Promise.all(loads.map(load => load.stop())))])
      return { got, counted: { ...(await lab.lab.status()).components.edge!.statuses } }
    },
  }
}

/** What restarts have done to a load. */
export interface RestartSoakResult {
  readonly transport: Transport
  readonly restarts: number
  readonly requests: number
  /** Requests without a reply, or with one other than 2xx. */
  readonly failed: number
  /** Replies that clients have got and the entry has not counted, or the other way round. */
  readonly miscounted: number
}

/** Restarts every component of Lab 5 in turn, so many times. `progress` is told of every failure. */
export async function soakRestarts(
  t: Ending,
  transport: Transport,
  rounds: number,
  progress: (text: string) => void = () => {},
): Promise<RestartSoakResult> {
  const { lab, failuresDuring, stop } = await startLoadedLab(t, transport)
  let restarts = 0
  for (let round = 0; round < rounds; round++) {
    for (const { name: target, replicas } of Object.values(lab.lab.topology.components)) {
      const failures = await failuresDuring(() => lab.lab.operate({ action: 'restart', target }))
      restarts += replicas
      const told = Object.entries(failures).map(([status, count]) => `${count} × ${status}`)
      if (told.length > 0) progress(`round ${round + 1}, ${target}: ${told.join(', ')}`)
    }
  }
  const { got, counted } = await stop()
  const statuses = [...new Set([...Object.keys(got), ...Object.keys(counted)])]
  const failed = statuses
    .filter(status => !status.startsWith('2'))
    .reduce((count, status) => count + (got[status] ?? 0), 0)
  const miscounted = statuses.reduce((count, one) => count + Math.abs((got[one] ?? 0) - (counted[one] ?? 0)), 0)
  const requests = Object.values(got).reduce((one, other) => one + other, 0)
  return { transport, restarts, requests, failed, miscounted }
}

function sum(counts: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const total: Record<string, number> = {}
  for (const one of counts) for (const [key, count] of Object.entries(one)) total[key] = (total[key] ?? 0) + count
  return total
}
