import type { TestContext } from 'node:test'
import { eventually, httpCall, type LabUnderTest, overTransport, startLab } from '@archlab/runtime/whole-lab'
import { componentOf } from './counts.ts'
import { catalogs, supportModule, type Transport } from './lab5.ts'

/** Kinds of components that share threads in tests: one that behaves as it is told, one that is sick. */
export const LODGER = supportModule('lodger.ts')
export const SICK = supportModule('sick.ts')

/** Starts a lab from text, with every link over one transport. */
export function start(t: TestContext, source: string, transport: Transport = 'channel'): Promise<LabUnderTest> {
  return startLab(t, source, { catalogs, threads: 'per-replica', mapTopology: overTransport(transport) })
}

/** What the lab says of one replica. */
export async function replicaOf(lab: LabUnderTest, replica: string) {
  return (await componentOf(lab, replica.split('/', 1)[0]!)).replicas[replica]!
}

/** Waits until a replica is ready, having been started again so many times. */
export const isBack = (lab: LabUnderTest, replica: string, restarts: number): Promise<void> =>
  eventually(async () => {
    const { state, restarts: so } = await replicaOf(lab, replica)
    return state === 'ready' && so === restarts
  }, `${replica} is ready after ${restarts} restarts`)

/** Whether a GET of an address is answered 200. */
export const answers = (url: string): Promise<boolean> =>
  httpCall(url).then(
    reply => reply.status === 200,
    () => false,
  )
