import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { closeSync, constants, mkdtempSync, openSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { eventually } from '../testing/with-lab.ts'
import { endByForce, endIfOutgrown, endUnlessItListens, type ForcedEnd } from './end-by-force.ts'
import { ThreadInspector } from './thread-inspector.ts'

/** Answers every message; one with a path is answered when that has been read to its end, in one call of native code. */
const THREAD = `
  const { collectGarbage } = require(${JSON.stringify(fileURLToPath(new URL('../replica/collect-garbage.ts', import.meta.url)))})
  const { parentPort } = require('node:worker_threads')
  const { readFileSync } = require('node:fs')
  globalThis[Symbol.for('archlab.abort')] = () => parentPort.postMessage('closed')
  globalThis[Symbol.for('archlab.collect')] = collectGarbage
  let kept = []
  parentPort.on('message', ({ path, spin, grow }) => {
    for (let block = 0; grow === 'for a time' && block < 5000; block++) kept.push(new Array(1000).fill(0.5))
    while (grow === 'for ever') kept.push(new Array(1000).fill(0.5))
    if (grow === 'no more') kept = []
    if (path) readFileSync(path, 'utf8')
    if (spin) Atomics.store(spin, 1, 1)
    while (spin && Atomics.load(spin, 0) === 1);
    parentPort.postMessage('listens')
  })
`

function startThread(t: TestContext): { worker: Worker; told: string[] } {
  const worker = new Worker(THREAD, { eval: true, resourceLimits: { maxOldGenerationSizeMb: 512 } })
  const told: string[] = []
  worker.on('message', message => told.push(message))
  t.after(() => worker.terminate())
  return { worker, told }
}

/** As long as the first is 1 the thread computes; when it has begun the second is 1. */
const raised = (): Int32Array => new Int32Array(new SharedArrayBuffer(8)).fill(1, 0, 1)

/** Blocks the thread in the reading of a pipe; resolves, when it is blocked, to what lets it go on. */
async function block(t: TestContext, worker: Worker): Promise<() => void> {
  const folder = mkdtempSync(join(tmpdir(), 'archlab-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'pipe')
  execFileSync('mkfifo', [path])
  worker.postMessage({ path })
  let pipe: number | undefined
  await eventually(() => {
    try {
      // Refused as long as nobody reads.
      pipe = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK)
    } catch {}
    return pipe !== undefined
  }, 'the thread reads')
  return () => closeSync(pipe!)
}

test('a thread that computes without end is ended, its servers first, and says where it was', async t => {
  const { worker, told } = startThread(t)
  worker.postMessage({})
  await eventually(() => told.length === 1, 'it runs')
  const spin = raised()
  worker.postMessage({ spin })
  await eventually(() => Atomics.load(spin, 1) === 1, 'it computes')
  let outcome: ForcedEnd | undefined
  await eventually(async () => {
    outcome = await endByForce(worker, true)
    return outcome.ended
  }, 'it is reached')
  assert.match(String(outcome!.stack), /at .*worker eval/)
  assert.deepEqual(told, ['listens', 'closed'])
})

test('a thread that is blocked in native code and has servers is left alone, and goes on afterwards', {
  skip: process.platform === 'win32',
}, async t => {
  const { worker, told } = startThread(t)
  const goOn = await block(t, worker)
  assert.deepEqual(await endByForce(worker, true), { ended: false, stack: null })
  goOn()
  await eventually(() => told.includes('listens'), 'it listens again')
  assert.deepEqual(told, ['listens'], 'its servers are open')
  assert.ok((await endByForce(worker, false)).ended)
})

test('a thread is ended over a heap that grows without end, but not over garbage', async t => {
  const { worker, told } = startThread(t)
  const held = async (): Promise<number> => (await worker.getHeapStatistics()).used_heap_size
  const isOver = async (): Promise<boolean> => (await held()) > 20 * 1024 ** 2
  worker.postMessage({ grow: 'for a time' })
  await eventually(() => told.length === 1, 'it has grown')
  assert.ok(await isOver())
  worker.postMessage({ grow: 'no more' })
  await eventually(() => told.length === 2, 'there is garbage')
  assert.equal(await endIfOutgrown(worker, true, isOver), null)
  worker.postMessage({ grow: 'for ever' })
  await eventually(isOver, 'it grows')
  const outcome = await endIfOutgrown(worker, true, isOver)
  assert.equal(outcome?.ended, true)
  assert.match(String(outcome.stack), /at .*worker eval/)
  assert.deepEqual(told, ['listens', 'listens', 'closed'])
})

test('a thread that was paused goes on when the inspector is closed', async t => {
  const { worker, told } = startThread(t)
  const spin = raised()
  worker.postMessage({})
  await eventually(() => told.length === 1, 'it runs')
  worker.postMessage({ spin })
  await eventually(async () => {
    const inspector = await ThreadInspector.attach(worker.threadId)
    const stack = await inspector?.pause()
    await inspector?.close()
    return typeof stack === 'string'
  }, 'it is paused')
  Atomics.store(spin, 0, 0)
  await eventually(() => told.length === 2, 'it listens again')
})

test('what could not be ended is tried again until it is', async () => {
  const outcomes: ForcedEnd[] = [false, false, true].map(ended => ({ ended, stack: ended ? 'at last' : null }))
  const outcome = await endUnlessItListens(async () => outcomes.shift()!, new Promise(() => {}), 0)
  assert.deepEqual([outcome, outcomes.length], [{ ended: true, stack: 'at last' }, 0])
})

test('what listens again is not tried again', async () => {
  let attempts = 0
  const attempt = async (): Promise<ForcedEnd> => {
    attempts++
    return { ended: false, stack: null }
  }
  assert.equal((await endUnlessItListens(attempt, Promise.resolve(), 60_000)).ended, false)
  assert.equal(attempts, 1)
})
