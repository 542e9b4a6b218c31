import { readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { cpuSecondsOf } from '../support/cpu-time.ts'
import { freePort, type StartedLab, startLab } from '../support/lab.ts'
import type { LoadTool } from '../support/load-tool.ts'
import type { Processes } from '../support/processes.ts'
import { ROOT } from '../support/results.ts'
import { rotated } from '../support/statistics.ts'

/** What is recorded while the load goes on. */
export interface Variant {
  readonly name: string
  /** `null` for nothing. */
  readonly order: { readonly of: 'cpu' | 'heap'; readonly interval: number } | null
}

/** Intervals in microseconds, and in bytes. */
export const VARIANTS: readonly Variant[] = [
  { name: 'nothing recorded', order: null },
  { name: 'time, every 1 ms', order: { of: 'cpu', interval: 1000 } },
  { name: 'time, every 500 µs', order: { of: 'cpu', interval: 500 } },
  { name: 'time, every 100 µs', order: { of: 'cpu', interval: 100 } },
  { name: 'allocations, every 32 KiB', order: { of: 'heap', interval: 32 * 1024 } },
]

export interface OverheadPlan {
  readonly rounds: number
  readonly durationSeconds: number
  readonly warmupSeconds: number
  readonly connections: number
}

/** Figures of one variant, one a round. */
export interface Measured {
  readonly variant: Variant
  readonly perSecond: number[]
  /** Processor time of the lab's host. */
  readonly cpuMicrosPerRequest: number[]
}

/** Five hops over channels: the chain of `npm run bench`. */
const FILE = join(ROOT, 'bench/hop/topologies/chain-channel.yaml')
const CREDENTIALS = { username: 'user1', password: 'password123' }
const FORGET_MS = 600_000

/** Puts the same load on one lab, variant after variant, in an order that moves on by one place each round. */
export async function measureOverhead(
  plan: OverheadPlan,
  tool: LoadTool,
  processes: Processes,
  progress: (text: string) => void,
): Promise<Measured[]> {
  const port = await freePort()
  const lab = await startLab(processes, 'the chain', FILE, [`components.entry.port=${port}`])
  const { connections } = plan
  const run = { url: `http://127.0.0.1:${port}/data`, connections, headers: await signIn(port) }
  await tool.run({ ...run, durationSeconds: plan.warmupSeconds })
  const all: Measured[] = VARIANTS.map(variant => ({ variant, perSecond: [], cpuMicrosPerRequest: [] }))
  for (let round = 0; round < plan.rounds; round++) {
    for (const measured of rotated(all, round)) {
      const end = await record(lab, measured.variant)
      const beforeSeconds = cpuSecondsOf(lab.hostPids)
      const { requests, requestsPerSecond, failedReplies, socketErrors } = await tool.run({
        ...run,
        durationSeconds: plan.durationSeconds,
      })
      const usedSeconds = cpuSecondsOf(lab.hostPids) - beforeSeconds
      await end()
      const failed = failedReplies + socketErrors
      if (failed > 0) throw new Error(`${measured.variant.name}: ${failed} requests failed`)
      measured.perSecond.push(requestsPerSecond)
      measured.cpuMicrosPerRequest.push((usedSeconds * 1e6) / requests)
    }
    progress(`round ${round + 1} of ${plan.rounds} is done`)
  }
  return all
}

async function signIn(port: number): Promise<Record<string, string>> {
  const headers = { 'content-type': 'application/json' }
  const reply = await fetch(`http://127.0.0.1:${port}/login`, {
    method: 'POST',
    headers,
    body: JSON.stringify(CREDENTIALS),
  })
  const { token } = (await reply.json()) as { token?: string }
  if (token === undefined) throw new Error(`the login answered ${reply.status}`)
  return { authorization: `Bearer ${token}` }
}

/** Begins a recording of every thread; what it resolves to ends it and throws the profiles away. */
async function record(lab: StartedLab, { order }: Variant): Promise<() => Promise<void>> {
  if (order === null) return async () => {}
  await post(lab, { action: 'start', forMs: FORGET_MS, ...order })
  return async () => {
    const threads = (await post(lab, { action: 'stop' })) as { file: string | null }[]
    const file = threads.find(one => one.file !== null)?.file
    // The lab has made the folder for this recording.
    if (file) rmSync(dirname(file), { recursive: true, force: true })
  }
}

async function post(lab: StartedLab, order: object): Promise<unknown> {
  const url = `${lab.controlUrl}/profile`
  const { tokenFile } = (await (await fetch(url)).json()) as { tokenFile: string }
  const headers = { authorization: `Bearer ${readFileSync(tokenFile, 'utf8').trim()}` }
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(order) })
  if (!response.ok) throw new Error(`the lab does not record: ${await response.text()}`)
  return response.json()
}
