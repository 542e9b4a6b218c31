import { fileURLToPath } from 'node:url'
import { freePort, startLab } from '../support/lab.ts'
import type { Processes } from '../support/processes.ts'
import { rotated } from '../support/statistics.ts'
import { descendants, processTable } from './memory.ts'

const TOPOLOGY = fileURLToPath(new URL('./topologies/replicas.yaml', import.meta.url))
/** Time for the start's own work to end before memory is read. */
const SETTLE_MS = 1000

/** A kind whose replicas can be measured: how the topology is patched, and what its replicas are asked. */
export const kinds: Readonly<Record<string, { readonly patches: readonly string[]; readonly path: string }>> = {
  hello: { patches: [], path: '/' },
  microservice: { patches: ['components.service.kind=microservice'], path: '/process' },
}

/** One lab that was started and looked at. */
export interface SizeSample {
  readonly kind: string
  readonly round: number
  readonly replicas: number
  /** From the start of the command until the lab is ready, seen from outside. */
  readonly startMs: number
  /** Resident memory of all processes of the lab together. */
  readonly residentBytes: number
}

export interface SizePlan {
  readonly kinds: readonly string[]
  readonly replicas: readonly number[]
  readonly rounds: number
}

/** Starts a fresh lab for every kind, number of replicas and round; the order moves on by one place each round. */
export async function measureSizes(
  plan: SizePlan,
  processes: Processes,
  progress: (text: string) => void,
): Promise<SizeSample[]> {
  const samples: SizeSample[] = []
  for (const kind of plan.kinds) {
    for (let round = 0; round < plan.rounds; round++) {
      for (const replicas of rotated(plan.replicas, round)) {
        progress(`${kind}: round ${round + 1} of ${plan.rounds}: ${replicas} replicas`)
        samples.push(await measureOne(processes, kind, round, replicas))
      }
    }
  }
  return samples
}

async function measureOne(processes: Processes, kind: string, round: number, replicas: number): Promise<SizeSample> {
  const { patches, path } = kinds[kind]!
  const port = await freePort()
  const { program, startMs } = await startLab(processes, `${kind} × ${replicas}`, TOPOLOGY, [
    `components.entry.port=${port}`,
    `components.service.replicas=${replicas}`,
    ...patches,
  ])
  await everyReplicaAnswers(`http://127.0.0.1:${port}${path}`, replicas)
  await new Promise(resolve => setTimeout(resolve, SETTLE_MS))
  // The tether, parent of the lab, is no part of it.
  const rows = descendants(processTable(), program.pid)
  await program.stop()
  return { kind, round, replicas, startMs, residentBytes: rows.reduce((sum, row) => sum + row.residentBytes, 0) }
}

/** Throws unless every replica has answered 200 within a few rounds of the balancer: memory of a dead one counts nothing. */
async function everyReplicaAnswers(url: string, replicas: number): Promise<void> {
  const seen = new Set<string>()
  for (let request = 0; request < replicas * 3 && seen.size < replicas; request++) {
    const reply = await fetch(url, { signal: AbortSignal.timeout(10_000) })
    await reply.arrayBuffer()
    if (reply.status !== 200) throw new Error(`${url} answered ${reply.status}`)
    seen.add(reply.headers.get('x-archlab-replica') ?? 'unnamed')
  }
  if (seen.size !== replicas) throw new Error(`only ${seen.size} of ${replicas} replicas answered`)
}
