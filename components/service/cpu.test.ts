import assert from 'node:assert/strict'
import { availableParallelism } from 'node:os'
import { type TestContext, test } from 'node:test'
import { Worker } from 'node:worker_threads'
import { type Meter, systemClock } from '@archlab/runtime/kit'
import { FakeClock } from '@archlab/runtime/testing'
import { burnCpu, threadCpuMs } from './burn.ts'
import type { WorkEntry } from './call-tree.ts'
import { CpuQueue, SLICE_MS } from './cpu-queue.ts'
import { bodyOf, get, start, treeIn } from './test-subject.ts'

/** Threads that do nothing but use the CPU, one more than there are processors. */
function compete(t: TestContext): Promise<unknown> {
  const flag = new SharedArrayBuffer(4)
  const code = `const { parentPort, workerData } = require('node:worker_threads')
    parentPort.postMessage('running')
    const flag = new Int32Array(workerData)
    while (Atomics.load(flag, 0) === 0);`
  const threads = Array.from({ length: availableParallelism() + 1 }, () => {
    return new Worker(code, { eval: true, workerData: flag })
  })
  t.after(async () => {
    Atomics.store(new Int32Array(flag), 0, 1)
    await Promise.all(threads.map(thread => thread.terminate()))
  })
  return Promise.all(threads.map(thread => new Promise(resolve => thread.once('message', resolve))))
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1]!

/** How much more CPU time than demanded the thread has used, in milliseconds, for each of many demands. */
function excesses(demandMs: number, times: number): number[] {
  return Array.from({ length: times }, () => {
    const beforeMs = threadCpuMs()
    const saidMs = burnCpu(demandMs)
    const usedMs = threadCpuMs() - beforeMs
    assert.ok(saidMs >= demandMs && saidMs <= usedMs)
    return usedMs - demandMs
  })
}

/** The two readings cost some microseconds themselves; a processor that is taken away now and then costs more, seldom. */
const TOLERANCE_MS = 0.05

for (const demandMs of [0.2, 2, 10]) {
  test(`a burn of ${demandMs} ms takes that much CPU time of the thread`, () => {
    const excessMs = median(excesses(demandMs, 31))
    assert.ok(excessMs < TOLERANCE_MS, `${excessMs} ms too much`)
  })
}

test('a burn takes as much CPU time when other threads compete, and more time', async t => {
  await compete(t)
  const startMs = performance.now()
  const found = excesses(5, 41)
  const elapsedMs = performance.now() - startMs
  assert.ok(median(found) < TOLERANCE_MS, `${median(found)} ms too much`)
  // Had it burned until a time was over, its share of the processors would have been about a half.
  assert.ok(elapsedMs > 1.1 * 41 * 5, `nobody competed: ${elapsedMs} ms`)
})

test('work with cpu uses up what it draws, and counts it', async () => {
  const script = [{ work: { cpu: '3ms' } }, { work: { cpu: { uniform: ['1ms', '2ms'] } } }]
  const { ask, context } = await start(script, {}, { clock: systemClock })
  const beforeMs = threadCpuMs()
  const reply = await ask({ trace: { entries: [] } })
  const usedMs = threadCpuMs() - beforeMs
  const [first, second] = treeIn(reply).steps as WorkEntry[]
  assert.deepEqual([first!.work, first!.demandMs], ['cpu', 3])
  const demandMs = first!.demandMs + second!.demandMs
  assert.ok(second!.demandMs >= 1 && second!.demandMs <= 2)
  assert.ok(usedMs >= demandMs - 0.001, `${usedMs} of ${demandMs}`)
  assert.ok(context.count.cpu_ms.value >= demandMs - 0.001 && context.count.cpu_ms.value <= usedMs)
})

function queue(clock = new FakeClock()) {
  let waiting = 0
  let burned = 0
  const meter = (write: (value: number) => void, add: (value: number) => void): Meter =>
    ({ set: write, add: (amount = 1) => add(amount) }) as Meter
  const cpu = new CpuQueue(clock, {
    waiting: meter(
      value => {
        waiting = value
      },
      () => assert.fail(),
    ),
    burned: meter(
      () => assert.fail(),
      value => {
        burned += value
      },
    ),
  })
  return { cpu, clock, waiting: () => waiting, burned: () => burned }
}

test('a free CPU burns at once; demands that come meanwhile are burned one by one, in order', async () => {
  const { cpu, waiting, burned } = queue()
  const order: string[] = []
  assert.equal(cpu.burn(get(), 0.1, false), true)
  const later = ['a', 'b', 'c'].map(name => Promise.resolve(cpu.burn(get(), 0.1, false)).then(() => order.push(name)))
  assert.equal(waiting(), 3)
  await Promise.all(later)
  assert.deepEqual([order, waiting()], [['a', 'b', 'c'], 0])
  assert.ok(burned() >= 0.4)
})

test('between two demands the event loop turns, so that the first reply leaves before the second demand', async () => {
  const { cpu } = queue()
  let finished = 0
  // As a channel does: it posts what has become ready when the turn is over.
  const demands = Array.from({ length: 4 }, async () => {
    await cpu.burn(get(), 0.2, true)
    finished += 1
    return new Promise<number>(resolve => setImmediate(() => resolve(finished)))
  })
  assert.deepEqual(await Promise.all(demands), [1, 2, 3, 4])
})

test('what is begun later lets everything of this turn go first', async () => {
  const { cpu, burned } = queue()
  const turn = new Promise<number>(resolve => setImmediate(() => resolve(burned())))
  const outcome = cpu.burn(get(), 0.2, true)
  assert.ok(outcome instanceof Promise)
  assert.equal(await turn, 0)
  assert.equal(await outcome, true)
})

test('nothing is burned for a caller that has gone or whose time is over, also not one that waits', async () => {
  const { cpu, clock, burned } = queue()
  const gone = get()
  const late = get({ deadlineMs: clock.nowMs() + 5 })
  const outcomes = [cpu.burn(gone, 5, true), cpu.burn(late, 5, true), cpu.burn(get(), 0.1, true)]
  gone.cancellation.cancel()
  await clock.advance(5)
  assert.deepEqual(await Promise.all(outcomes), [false, false, true])
  assert.ok(burned() < 5, 'only the third')
  assert.equal(cpu.burn(gone, 5, false), false)
  assert.equal(cpu.burn(late, 5, false), false)
})

test('a long demand is burned in pieces, between which its caller may leave and others are heard', async () => {
  const { cpu, burned } = queue()
  const long = get()
  const outcome = cpu.burn(long, 10 * SLICE_MS, false)
  const next = cpu.burn(get(), 0.1, false)
  await new Promise<void>(resolve => {
    const look = (): void => {
      if (burned() > 0) {
        long.cancellation.cancel()
        resolve()
      } else setImmediate(look)
    }
    look()
  })
  assert.equal(await outcome, false)
  assert.equal(await next, true)
  assert.ok(burned() < 5 * SLICE_MS, `${burned()} ms`)
})

test('a long demand gets all of it, and those behind it wait', async () => {
  const { cpu, burned } = queue()
  const demandMs = 1.5 * SLICE_MS
  const outcome = cpu.burn(get(), demandMs, false)
  const next = Promise.resolve(cpu.burn(get(), 0.1, false)).then(() => burned())
  assert.equal(await outcome, true)
  assert.ok(burned() >= demandMs)
  assert.ok((await next) >= demandMs + 0.1)
})

test('a queue that is closed burns nothing more and ends every wait', async () => {
  const { cpu, burned, waiting } = queue()
  const outcomes = [cpu.burn(get(), 5, true), cpu.burn(get(), 5, true)]
  cpu.close()
  assert.deepEqual(await Promise.all(outcomes), [false, false])
  assert.equal(cpu.burn(get(), 5, false), false)
  assert.deepEqual([burned(), waiting()], [0, 0])
})

test('a request whose work is given up is answered 504 or 503', async () => {
  const { ask, clock, context } = await start([{ parallel: [{ work: { cpu: '5ms' } }, { work: { cpu: '5ms' } }] }])
  const gone = get()
  const [late, left] = [ask({ deadlineMs: clock.nowMs() + 1 }), context && ask({ cancellation: gone.cancellation })]
  gone.cancellation.cancel()
  await clock.advance(1)
  assert.deepEqual([(await late).status, (await left).status, context.count.ended_early.value], [504, 503, 2])
})

test('in a group the calls of the other branches begin before the thread is busy', async () => {
  const burned: number[] = []
  const subject: { context?: Awaited<ReturnType<typeof start>>['context'] } = {}
  const { ask, context } = await start([{ parallel: [{ work: { cpu: '2ms' } }, { call: 'a' }] }], {
    a: () =>
      new Promise(resolve => {
        // As a channel does: the request leaves when the turn is over.
        setImmediate(() => {
          burned.push(subject.context!.count.cpu_ms.value)
          resolve({ status: 200, headers: '', body: '' } as never)
        })
      }),
  })
  subject.context = context
  const reply = await ask()
  assert.deepEqual([reply.status, bodyOf(reply)], [200, { service: 'c/0' }])
  assert.deepEqual(burned, [0])
  assert.ok(context.count.cpu_ms.value >= 2)
})
