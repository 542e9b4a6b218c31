import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { systemClock } from '@archlab/runtime/kit'
import type { Job, Outcome } from '../job.ts'
import { newJob, until } from '../test-stores.ts'
import { createJobPool, type JobPool } from './job-pool.ts'

/** Modules of jobs, by kind. */
const MODULES = {
  echo: `export default (task, { id, attempt }) => ({ task, id, attempt })`,
  typed: `export default (task: { n: number }): number => task.n + 1`,
  silent: `export default () => {}`,
  steps: `export default async (task, { progress }) => { for (const at of [0.25, 5, NaN, 'x']) progress(at); return 1 }`,
  throws: `export default () => { throw new RangeError('broken ' + 'x'.repeat(1000)) }`,
  hopeless: `export default async () => { throw Object.assign(new Error('never'), { retry: false }) }`,
  odd: `export default () => { throw { toString() { throw new Error('no text') } } }`,
  large: `export default () => 'x'.repeat(2000)`,
  exits: `export default () => { process.exit(0) }`,
  rejects: `export default () => { Promise.reject(new Error('stray')); return new Promise(() => {}) }`,
  endless: `export default () => { for (;;) {} }`,
  greedy: `export default () => { const all = []; for (;;) all.push(new Array(1e5).fill(0)) }`,
  patient: `export default (task, { signal, progress }) => new Promise(resolve => {
    signal.addEventListener('abort', () => resolve('stopped')); progress(0.5) })`,
  cyclic: `export default () => { const one = {}; one.one = one; return one }`,
  unreadable: `export default (`,
  empty: `export const other = 1`,
}

function start(t: TestContext, limits: { threads?: number; heapMb?: number } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'archlab-jobs-'))
  const broken: unknown[] = []
  const modules = Object.entries(MODULES).map(([kind, text]) => {
    const file = join(folder, `${kind}.ts`)
    writeFileSync(file, text)
    return [kind, pathToFileURL(file).href] as const
  })
  const pool = createJobPool({
    concurrency: 8,
    threads: limits.threads ?? 1,
    heapMb: limits.heapMb ?? 64,
    resultBytesMax: 1000,
    modules: Object.fromEntries(modules),
    clock: systemClock,
    broke: reason => broken.push(reason),
  })
  t.after(async () => {
    await pool.close()
    rmSync(folder, { recursive: true, force: true })
  })
  return { pool, broken, run: (kind: string, fields: Partial<Job> = {}) => run(pool, kind, fields) }
}

function jobOf(kind: string, fields: Partial<Job>): Job {
  const running = { seq: 1, state: 'running', attempts: 1, submittedAtMs: 0, dueAtMs: null, startedAtMs: 0 } as const
  const empty = { finishedAtMs: null, progress: null, result: null, cause: null, error: null } as const
  return { ...newJob({ kind, lane: kind === 'sleep' ? 'light' : 'thread' }), ...running, ...empty, ...fields }
}

const run = (pool: JobPool, kind: string, fields: Partial<Job>): Promise<Outcome> =>
  pool.start(jobOf(kind, fields), () => {}).outcome

const resultOf = (outcome: Outcome): unknown => (outcome.type === 'done' ? JSON.parse(outcome.result) : outcome)
const causeOf = (outcome: Outcome): unknown => (outcome.type === 'failed' ? outcome.cause : outcome)

test('a job that sleeps takes its time, and many of them sleep side by side', async t => {
  const { pool } = start(t)
  const outcomes = await Promise.all(Array.from({ length: 8 }, () => run(pool, 'sleep', { durationMs: 30 })))
  for (const outcome of outcomes) {
    const { message, tookMs } = resultOf(outcome) as { message: string; tookMs: number }
    assert.equal(message, 'Task completed')
    assert.ok(tookMs >= 30, String(tookMs))
  }
})

test('a job that computes uses the processor time it was told, and says how far it is', async t => {
  const { pool } = start(t)
  const shares: number[] = []
  const { outcome } = pool.start(jobOf('cpu', { durationMs: 200 }), share => shares.push(share))
  const { tookMs } = resultOf(await outcome) as { tookMs: number }
  // It used 200 ms of one thread, which takes at least so long.
  assert.ok(tookMs >= 200, String(tookMs))
  assert.ok(shares.length >= 3 && shares.every((share, at) => share > (shares[at - 1] ?? 0) && share <= 1))
})

test('a module is given its task and tools, and its result comes back as JSON', async t => {
  const { run } = start(t)
  const task = '{"kind":"echo","__proto__":{"x":1}}'
  const outcome = await run('echo', { id: 'the id', attempts: 2, task })
  assert.equal(outcome.type === 'done' && outcome.result, `{"task":${task},"id":"the id","attempt":2}`)
  assert.equal(resultOf(await run('typed', { task: '{"n":1}' })), 2)
  assert.equal(resultOf(await run('silent')), null)
})

test('a module tells its progress, and nonsense is not told', async t => {
  const { pool } = start(t)
  const shares: number[] = []
  await pool.start(jobOf('steps', {}), share => shares.push(share)).outcome
  await until(() => shares.length >= 2, 'both are told')
  assert.deepEqual(shares, [0.25, 1])
})

test('a module that throws is a failed attempt with its message, cut to a bearable length', async t => {
  const { run } = start(t)
  const outcome = await run('throws')
  assert.ok(outcome.type === 'failed' && outcome.retry)
  assert.match(outcome.error, /^RangeError: broken x{400,}$/)
  assert.equal(outcome.error.length, 500)
  const hopeless = await run('hopeless')
  assert.ok(hopeless.type === 'failed' && !hopeless.retry && hopeless.error === 'Error: never')
  for (const kind of ['odd', 'cyclic', 'unreadable', 'empty']) assert.equal(causeOf(await run(kind)), 'error', kind)
})

test('a result that is too large fails the job for good', async t => {
  const { run } = start(t)
  const outcome = await run('large')
  assert.deepEqual([causeOf(outcome), outcome.type === 'failed' && outcome.retry], ['result-too-large', false])
})

test('whatever a module does to its thread, the next job runs', async t => {
  const { run, broken } = start(t)
  for (const [kind, cause] of [
    ['exits', 'thread-lost'],
    ['rejects', 'thread-lost'],
    ['greedy', 'memory-limit'],
  ] as const) {
    assert.equal(causeOf(await run(kind)), cause, kind)
    assert.equal(resultOf(await run('typed', { task: '{"n":1}' })), 2, `after ${kind}`)
  }
  assert.deepEqual(broken, [])
})

test('a job that breaks its thread takes no other job with it', async t => {
  const { pool, run } = start(t, { threads: 3 })
  const others = [run('cpu', { durationMs: 300 }), run('sleep', { durationMs: 300 })]
  for (const kind of ['exits', 'rejects', 'exits']) assert.equal(causeOf(await run(kind)), 'thread-lost')
  for (const outcome of await Promise.all(others)) assert.equal(outcome.type, 'done')
  await pool.close()
})

test('a job that is aborted stops when it listens, and is stopped when it does not', async t => {
  const { pool, run } = start(t)
  let begun = false
  const patient = pool.start(jobOf('patient', {}), () => {
    begun = true
  })
  await until(() => begun, 'the module runs')
  patient.abort()
  assert.equal(resultOf(await patient.outcome), 'stopped')

  const asleep = pool.start(jobOf('sleep', { durationMs: 1e9 }), () => {})
  const alsoAsleep = pool.start(jobOf('sleep', { durationMs: 50 }), () => {})
  asleep.abort()
  assert.equal((await asleep.outcome).type, 'done')
  assert.ok((resultOf(await alsoAsleep.outcome) as { tookMs: number }).tookMs >= 50, 'the other one sleeps on')

  const computing = pool.start(jobOf('cpu', { durationMs: 1e9 }), () => {})
  computing.abort()
  await computing.outcome

  const endless = pool.start(jobOf('endless', {}), () => {})
  endless.abort()
  assert.equal((await endless.outcome).type, 'failed')
  assert.equal(resultOf(await run('typed', { task: '{"n":1}' })), 2)
})

test('a job of a kind that the worker no longer has is a failed attempt', async t => {
  const { run } = start(t)
  for (const kind of ['gone', 'constructor']) assert.equal(causeOf(await run(kind)), 'error', kind)
})

test('closing ends the threads and fails what runs, and nothing starts afterwards', async t => {
  const { pool, run } = start(t)
  const outcomes = [run('sleep', { durationMs: 1e9 }), run('endless')]
  await new Promise(resolve => setTimeout(resolve, 50))
  await pool.close()
  for (const outcome of await Promise.all(outcomes)) assert.equal(outcome.type, 'failed')
  assert.equal((await run('sleep')).type, 'failed')
})
