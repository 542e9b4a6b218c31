import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { eventually, type LabUnderTest, startLab } from '@archlab/runtime/whole-lab'
import { catalogs } from '../lab5.ts'
import type { Ending } from '../own-server.ts'
import type { BusyResult, ToBusy } from './busy.ts'
import type { FromCrowd, ToCrowd } from './crowd.ts'

const FILE = fileURLToPath(new URL('./connections.yaml', import.meta.url))
/** What a process has open besides its connections. */
const DESCRIPTORS_TO_SPARE = 500

export interface CrowdPlan {
  readonly idle: number
  readonly slow: number
  readonly busy: number
  readonly rounds: number
  readonly roundMs: number
}

export interface Round {
  readonly without: BusyResult
  readonly with: BusyResult
  /** Connections of the crowd while it was measured. */
  readonly held: number
  /** Those that the server ended meanwhile, and that were opened anew. */
  readonly reopened: number
  /** Replies to slow clients, by status. */
  readonly answers: Readonly<Record<string, number>>
}

export interface CrowdResult {
  readonly rounds: readonly Round[]
  /** Connections and descriptors of the lab that were left after the last crowd had gone, beyond those before the first. */
  readonly left: { readonly connections: number; readonly descriptors: number }
}

/** Measures busy clients alone and beside a crowd, in turn. Rejects when the descriptors of a process do not suffice. */
export async function runCrowd(t: Ending, plan: CrowdPlan, progress: (text: string) => void): Promise<CrowdResult> {
  assertDescriptors(plan.idle + plan.slow + plan.busy)
  const lab = await startLab(t, { file: FILE }, { catalogs })
  const port = Number(new URL(lab.url('edge')).port)
  const crowd = child(t, 'crowd.ts')
  const busy = child(t, 'busy.ts')
  const measure = (): Promise<BusyResult> =>
    ask(busy, { port, clients: plan.busy, forMs: plan.roundMs } satisfies ToBusy)
  await measure()
  const before = descriptorsOf(lab)
  const rounds: Round[] = []
  for (let round = 1; round <= plan.rounds; round++) {
    const alone = await measure()
    await ask<FromCrowd>(crowd, { type: 'open', port, idle: plan.idle, slow: plan.slow } satisfies ToCrowd)
    const held = await openConnections(lab)
    const crowded = await measure()
    const closed = await ask<Extract<FromCrowd, { type: 'closed' }>>(crowd, { type: 'close' } satisfies ToCrowd)
    await eventually(async () => (await openConnections(lab)) === 0, 'the crowd has gone', 30_000)
    rounds.push({ without: alone, with: crowded, held, reopened: closed.reopened, answers: closed.answers })
    progress(`round ${round}: p99 ${alone.p99Ms.toFixed(2)} ms alone, ${crowded.p99Ms.toFixed(2)} ms beside ${held}`)
  }
  return { rounds, left: { connections: await openConnections(lab), descriptors: descriptorsOf(lab) - before } }
}

const openConnections = async (lab: LabUnderTest): Promise<number> =>
  (await lab.lab.status()).components.edge!.connections.open

function child(t: Ending, name: string): ChildProcess {
  const process = fork(new URL(name, import.meta.url), { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  t.after(async () => {
    if (process.exitCode !== null) return
    const ended = once(process, 'exit')
    process.kill('SIGKILL')
    await ended
  })
  return process
}

/** What a program answers to a message. */
async function ask<Answer>(program: ChildProcess, message: ToBusy | ToCrowd): Promise<Answer> {
  const answer = once(program, 'message')
  program.send(message)
  return (await answer)[0] as Answer
}

/** Open descriptors of the lab's host process; 0 where the system does not tell. */
function descriptorsOf(lab: LabUnderTest): number {
  const [pid] = lab.lab.hostPids
  try {
    return readdirSync(`/proc/${pid}/fd`).length
  } catch {
    return 0
  }
}

// Node raises the soft limit to the hard one at its start.
function assertDescriptors(connections: number): void {
  const needed = connections + DESCRIPTORS_TO_SPARE
  const allowed = Number(/^Max open files\s+\S+\s+(\d+)/m.exec(limitsText())?.[1] ?? Number.POSITIVE_INFINITY)
  if (allowed < needed) {
    throw new Error(
      `a process may open ${allowed} files here (ulimit -Hn), and ${needed} are needed; try fewer with --idle`,
    )
  }
}

function limitsText(): string {
  try {
    return readFileSync('/proc/self/limits', 'utf8')
  } catch {
    return ''
  }
}
