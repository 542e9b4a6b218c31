import { spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { ownCpuSeconds } from './cpu-time.ts'
import { type LoadResult, parseAutocannon, parseWrk } from './load-result.ts'
import { pinnedEnvironment } from './processes.ts'

const AUTOCANNON = fileURLToPath(new URL('../peers/node_modules/autocannon/autocannon.js', import.meta.url))

export interface LoadRun {
  readonly url: string
  readonly connections: number
  readonly durationSeconds: number
  readonly headers: Readonly<Record<string, string>>
}

export interface LoadOutcome extends LoadResult {
  /** Share of one core that the generator's thread used, 0..1; NaN where the system does not tell. Near 1 it was the limit. */
  readonly generatorBusyRatio: number
  /** Processor time that the generator used from its start to its end; NaN where the system does not tell. */
  readonly generatorCpuSeconds: number
}

/** A closed-loop load generator: every connection sends its next request when the last one is answered. */
export interface LoadTool {
  readonly name: 'wrk' | 'autocannon'
  run(run: LoadRun): Promise<LoadOutcome>
}

/** wrk where it is installed, else autocannon from the peers package. */
export function findLoadTool(): LoadTool {
  if (hasWrk()) return wrk
  if (existsSync(AUTOCANNON)) return autocannon
  throw new Error('neither wrk nor autocannon is installed; run: npm ci --prefix bench/peers')
}

/** Whether wrk is installed. */
export function hasWrk(): boolean {
  // `wrk -v` prints its version and ends with code 1.
  return spawnSync('wrk', ['-v'], { encoding: 'utf8' }).error === undefined
}

/** wrk with one thread. */
export const wrk: LoadTool = {
  name: 'wrk',
  async run({ url, connections, durationSeconds, headers }) {
    const fields = Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`])
    const args = ['-t1', `-c${connections}`, `-d${durationSeconds}s`, '--timeout', '5s', '--latency', ...fields, url]
    const { text, ...use } = await generate('wrk', args, durationSeconds)
    return { ...parseWrk(text), ...use }
  },
}

/** autocannon from the peers package. */
export const autocannon: LoadTool = {
  name: 'autocannon',
  async run({ url, connections, durationSeconds, headers }) {
    const fields = Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}=${value}`])
    const args = [
      AUTOCANNON,
      '--json',
      '-c',
      String(connections),
      '-d',
      String(durationSeconds),
      '-t',
      '5',
      ...fields,
      url,
    ]
    const { text, ...use } = await generate(process.execPath, args, durationSeconds)
    return { ...parseAutocannon(text), ...use }
  },
}

/** What a program printed, and what it used of the processor. */
export interface Generated extends Pick<LoadOutcome, 'generatorBusyRatio' | 'generatorCpuSeconds'> {
  readonly text: string
}

/** Runs a generator to its end, bounded in time; watches meanwhile how busy it is. Rejects when its exit code is not 0. */
export function generate(command: string, args: readonly string[], durationSeconds: number): Promise<Generated> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true, env: pinnedEnvironment })
    // It ends by itself; but when the benchmark ends first it must not go on.
    const kill = (): void => void child.kill('SIGKILL')
    process.once('exit', kill)
    const bound = setTimeout(kill, (durationSeconds + 15) * 1000)
    const samples: { atMs: number; cpuSeconds: number }[] = []
    const sampling = setInterval(() => {
      const cpuSeconds = ownCpuSeconds(child.pid ?? -1)
      if (Number.isFinite(cpuSeconds)) samples.push({ atMs: performance.now(), cpuSeconds })
    }, 100)
    let text = ''
    let errors = ''
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
    })
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      errors = (errors + chunk).slice(-4000)
    })
    const done = (): void => {
      clearTimeout(bound)
      clearInterval(sampling)
      process.off('exit', kill)
    }
    child.on('error', error => {
      done()
      reject(error)
    })
    child.on('close', code => {
      done()
      if (code !== 0) return reject(new Error(`${command} ended with code ${code}: ${(errors || text).slice(0, 2000)}`))
      resolve({
        text,
        generatorBusyRatio: busyRatio(samples),
        generatorCpuSeconds: samples.at(-1)?.cpuSeconds ?? Number.NaN,
      })
    })
  })
}

function busyRatio(samples: readonly { atMs: number; cpuSeconds: number }[]): number {
  const first = samples[0]
  const last = samples.at(-1)
  if (!first || !last || last.atMs === first.atMs) return Number.NaN
  return ((last.cpuSeconds - first.cpuSeconds) * 1000) / (last.atMs - first.atMs)
}
