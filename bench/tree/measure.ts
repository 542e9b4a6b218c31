import { execFile } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { Agent } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { httpCall } from '@archlab/runtime/whole-lab'
import { freePort, type StartedLab, startLab } from '../support/lab.ts'
import { type Processes, pinnedEnvironment } from '../support/processes.ts'
import { ROOT } from '../support/results.ts'
import { median, percentile, rotated } from '../support/statistics.ts'
import { type ProcessUse, roomHere, shortage, useOf } from './room.ts'
import { pathOf, type Threads, treeTopology } from './topology.ts'

/** A thousand threads on few cores take a while. */
const READY_TIMEOUT_MS = 300_000
const CLOSE_GRACE_MS = 60_000
const ASK_TIMEOUT_MS = 60_000
/** Time for the start's own work to end before memory is read. */
const SETTLE_MS = 1000
/** Requests of each kind before those that are timed. */
const WARMUP = { path: 200, all: 3 } as const

export interface BenchPlan {
  /** Sizes of the tree, from small to large. */
  readonly components: readonly number[]
  readonly fanOut: number
  readonly modes: readonly Threads[]
  readonly rounds: number
  /** Timed requests along the path, one after the other. */
  readonly requests: number
  /** Timed requests that visit every component, one after the other. */
  readonly visits: number
}

/** Times of many requests, in milliseconds. */
export interface Times {
  readonly count: number
  readonly medianMs: number
  readonly p95Ms: number
}

/** One tree that was started, asked and closed. */
export interface TreeRun {
  /** `archlab check`, from its start to its end. */
  readonly checkMs: number
  /** From the start of the command until the lab is ready, seen from outside. */
  readonly startMs: number
  /** What the host process takes after the requests. */
  readonly use: ProcessUse
  /** Components on the path, root and leaf included. */
  readonly hops: number
  readonly path: Times
  readonly all: Times
  readonly closeMs: number
}

export interface TreeSample {
  readonly threads: Threads
  readonly components: number
  readonly round: number
  /** Why there is no run: no room for it, or what went wrong. */
  readonly failure: string | null
  /** Something went wrong. */
  readonly hasFailed: boolean
  readonly run: TreeRun | null
}

/** Starts a fresh lab for every mode, size and round; sizes grow within a mode, modes take turns. */
export async function measureTrees(
  plan: BenchPlan,
  processes: Processes,
  progress: (text: string) => void,
): Promise<TreeSample[]> {
  const samples: TreeSample[] = []
  for (let round = 0; round < plan.rounds; round++) {
    for (const threads of rotated(plan.modes, round)) {
      for (const components of plan.components) {
        progress(`round ${round + 1} of ${plan.rounds}: ${components} components, threads: ${threads}`)
        const failure = noRoom(samples, threads, components)
        const sample = { threads, components, round }
        if (failure !== undefined) samples.push({ ...sample, failure, hasFailed: false, run: null })
        else samples.push({ ...sample, ...(await attempt(plan, threads, components, processes)) })
        const reason = samples.at(-1)!.failure
        if (reason !== null) progress(`  not measured: ${reason}`)
      }
    }
  }
  return samples
}

function noRoom(samples: readonly TreeSample[], threads: Threads, components: number): string | undefined {
  const own = samples.filter(one => one.threads === threads)
  // What could not be done once is not tried again.
  const before = own.find(one => one.components === components && one.failure !== null)?.failure
  const measured = own.flatMap(one => (one.run ? [{ components: one.components, use: one.run.use }] : []))
  return before ?? shortage(measured, components, roomHere())
}

async function attempt(
  plan: BenchPlan,
  threads: Threads,
  components: number,
  processes: Processes,
): Promise<Pick<TreeSample, 'failure' | 'hasFailed' | 'run'>> {
  try {
    return { failure: null, hasFailed: false, run: await runTree(plan, threads, components, processes) }
  } catch (error) {
    await processes.stopAll()
    return { failure: (error as Error).message, hasFailed: true, run: null }
  }
}

async function runTree(plan: BenchPlan, threads: Threads, components: number, processes: Processes): Promise<TreeRun> {
  const { fanOut, requests, visits } = plan
  const port = await freePort()
  const folder = mkdtempSync(join(tmpdir(), 'archlab-tree-'))
  processes.removeAtEnd(folder)
  const file = join(folder, 'tree.yaml')
  writeFileSync(file, treeTopology({ components, fanOut, threads, port }))
  const checkMs = await timeCheck(file)
  const name = `${components} components, threads: ${threads}`
  const patience = { readyTimeoutMs: READY_TIMEOUT_MS, graceMs: CLOSE_GRACE_MS }
  const lab = await startLab(processes, name, file, [], patience)
  const url = `http://127.0.0.1:${port}`
  const all = await timeRequests(`${url}/all`, visits, WARMUP.all)
  const path = await timeRequests(`${url}/path`, requests, WARMUP.path)
  const names = pathOf({ components, fanOut })
  await everyoneWasAsked(lab, components, visits + WARMUP.all, names, requests + WARMUP.path)
  await new Promise(resolve => setTimeout(resolve, SETTLE_MS))
  const use = useOf(lab.hostPids[0]!)
  const closedMs = performance.now()
  await lab.program.stop()
  const closeMs = performance.now() - closedMs
  return { checkMs, startMs: lab.startMs, use, hops: names.length, path, all, closeMs }
}

async function timeCheck(file: string): Promise<number> {
  const args = [join(ROOT, 'runtime/archlab.js'), 'check', '--file', file]
  const beganMs = performance.now()
  await promisify(execFile)(process.execPath, args, { env: pinnedEnvironment })
  return performance.now() - beganMs
}

/** Sends one request after the other over one connection. Throws when one is not answered 200. */
async function timeRequests(url: string, count: number, warmup: number): Promise<Times> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const timesMs: number[] = []
  try {
    for (let request = -warmup; request < count; request++) {
      const sentMs = performance.now()
      const { status, text } = await httpCall(url, { agent, timeoutMs: ASK_TIMEOUT_MS })
      if (status !== 200) throw new Error(`${url} answered ${status}: ${text.slice(0, 500)}`)
      if (request >= 0) timesMs.push(performance.now() - sentMs)
    }
  } finally {
    agent.destroy()
  }
  return { count, medianMs: median(timesMs), p95Ms: percentile(timesMs, 0.95) }
}

/** Throws unless every component has answered exactly what it had to: all visits, and those on the path the rest too. */
async function everyoneWasAsked(
  lab: StartedLab,
  components: number,
  visits: number,
  path: readonly string[],
  requests: number,
): Promise<void> {
  const { json } = await httpCall(`${lab.controlUrl}/status`, { timeoutMs: ASK_TIMEOUT_MS })
  const answered = Object.entries<{ statuses: Record<string, number> }>(json.components)
  if (answered.length !== components) throw new Error(`there are ${answered.length} of ${components} components`)
  for (const [name, { statuses }] of answered) {
    // On a tree of one component both kinds of request end at the root.
    const expected = visits + (path.includes(name) ? requests : 0)
    if (statuses['200'] === expected && Object.keys(statuses).length === 1) continue
    throw new Error(`${name} answered ${JSON.stringify(statuses)}, not 200 to ${expected} requests`)
  }
}
