import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { Disk } from '@archlab/runtime/kit'
import { Job } from './job.ts'
import { START_MS, subject } from './test-subject.ts'
import { PENDING_CHARACTERS_MAX, TraceFile, tracePath } from './trace-file.ts'

const HEADER = 'arrival_ms,demand_ms,start_ms,departure_ms,outcome'

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'archlab-trace-'))
  t.after(() => rmSync(path, { recursive: true, force: true }))
  return path
}

async function opened(path: string, runStartedWallMs = 0, disk = new Disk()) {
  const errors: [string, Record<string, unknown> | undefined][] = []
  const log = { error: (event: string, fields?: Record<string, unknown>) => void errors.push([event, fields]) }
  const trace = await TraceFile.open({ path, originMs: 1000, runStartedWallMs, disk, log })
  return { trace, errors }
}

function job(times: Partial<Job>): Job {
  return Object.assign(new Job(times.demandMs ?? 2.5), {
    arrivalMs: 1001,
    departureMs: 1004,
    state: 'served',
    ...times,
  })
}

const lines = (path: string): string[] => readFileSync(path, 'utf8').trimEnd().split('\n')

test('a row has the times since the origin to the nanosecond, and no start where no service began', async t => {
  const path = join(folder(t), 'new', 'trace.csv')
  const { trace, errors } = await opened(path)
  trace.add(job({ startMs: 1001.5 }))
  trace.add(job({ arrivalMs: 1002.0000004, departureMs: 1002.0000004, state: 'refused', demandMs: 1 / 3 }))
  trace.add(job({ departureMs: 1003.25, state: 'abandoned' }))
  await trace.close()
  assert.deepEqual(lines(path), [
    HEADER,
    '1.000000,2.500000,1.500000,4.000000,served',
    '2.000000,0.333333,,2.000000,refused',
    '1.000000,2.500000,,3.250000,abandoned',
  ])
  assert.deepEqual(errors, [])
})

test('each of several replicas has a file of its own', () => {
  assert.equal(tracePath('a/trace.csv', { index: 0, replicas: 1 }), 'a/trace.csv')
  assert.equal(tracePath('a/trace.csv', { index: 2, replicas: 3 }), 'a/trace.2.csv')
  assert.equal(tracePath('a.b/trace', { index: 0, replicas: 2 }), 'a.b/trace.0')
})

test('a file of an earlier run is written anew, one of this run is continued', async t => {
  const path = join(folder(t), 'trace.csv')
  writeFileSync(path, 'old\n')
  const old = new Date(1_600_000_000_000)
  utimesSync(path, old, old)
  for (const rows of [1, 2]) {
    const { trace } = await opened(path, 1_600_000_000_001)
    trace.add(job({ startMs: 1001 }))
    await trace.close()
    assert.deepEqual([lines(path)[0], lines(path).length], [HEADER, rows + 1])
  }
  const { trace } = await opened(path)
  await trace.close()
  assert.deepEqual(lines(path), [HEADER])
})

test('rows that are added while others are written come after them, and closing writes them all', async t => {
  const path = join(folder(t), 'trace.csv')
  const { trace } = await opened(path)
  const count = 20_000
  for (let at = 0; at < count; at++) {
    trace.add(job({ arrivalMs: 1000 + at, startMs: 1000 + at }))
    if (at % 1000 === 0) await new Promise(resolve => setImmediate(resolve))
    if (at % 777 === 0) trace.flush()
  }
  await trace.close()
  await trace.close()
  trace.add(job({}))
  assert.deepEqual(
    lines(path)
      .slice(1)
      .map(line => Number(line.split(',')[0])),
    Array.from({ length: count }, (_, at) => at),
  )
})

test('a file that cannot be opened is told once, and nothing else happens', async t => {
  const path = join(folder(t), 'file')
  writeFileSync(path, '')
  const { trace, errors } = await opened(join(path, 'trace.csv'))
  for (let at = 0; at < 5; at++) trace.add(job({}))
  trace.flush()
  await trace.close()
  assert.deepEqual(
    errors.map(([event, fields]) => [event, fields?.file]),
    [['record-stopped', join(path, 'trace.csv')]],
  )
})

test('a disk that is full is told once, and nothing more is written', async t => {
  if (!existsSync('/dev/full')) return t.skip('this system has no /dev/full')
  const { trace, errors } = await opened('/dev/full')
  for (let round = 0; round < 3; round++) {
    trace.add(job({}))
    trace.flush()
    await new Promise(resolve => setTimeout(resolve, 5))
  }
  await trace.close()
  assert.deepEqual(
    errors.map(([event]) => event),
    ['record-stopped'],
  )
  assert.match(String(errors[0]![1]?.reason), /ENOSPC/)
})

test('a disk that does not keep up ends the recording before the memory is full', async t => {
  const path = join(folder(t), 'trace.csv')
  const { trace, errors } = await opened(path)
  const row = job({ startMs: 1001 })
  // The event loop does not turn meanwhile, so no write is ever complete.
  for (let written = 0; written < 2 * PENDING_CHARACTERS_MAX; written += 40) trace.add(row)
  assert.deepEqual(
    errors.map(([event]) => event),
    ['record-stopped'],
  )
  await trace.close()
  assert.ok(readFileSync(path).length < PENDING_CHARACTERS_MAX)
})

test('a station writes its record every second, and the rest when it closes', async t => {
  const path = join(folder(t), 'trace.csv')
  const { clock, context, send } = await subject({ record: path, queue: { capacity: 1 } })
  const outcome = send()
  await clock.advance(1000)
  assert.equal((await outcome).status, 200)
  while (readFileSync(path, 'utf8').split('\n').length < 3) await new Promise(resolve => setImmediate(resolve))
  for (let at = 0; at < 3; at++) void send()
  await clock.advance(5)
  await context.scope.close()
  assert.deepEqual(lines(path), [
    HEADER,
    '0.000000,10.000000,0.000000,10.000000,served',
    '1000.000000,10.000000,,1000.000000,refused',
    '1000.000000,10.000000,,1005.000000,abandoned',
    '1000.000000,10.000000,1000.000000,1005.000000,abandoned',
  ])
})

test('replicas that the lab starts together have one time of origin, and go on with what they wrote before', async t => {
  const path = join(folder(t), 'trace.csv')
  const prepared = { originMs: START_MS - 250, startedWallMs: Date.now() - 1000 }
  for (const _ of ['first start', 'second start']) {
    const { clock, context, send } = await subject({ record: path }, { prepared, replica: 'server/1', replicas: 2 })
    void send()
    await clock.advance(10)
    await context.scope.close()
  }
  const row = '250.000000,10.000000,250.000000,260.000000,served'
  assert.deepEqual(lines(path.replace('.csv', '.1.csv')), [HEADER, row, row])
})

test('on a full disk the recording ends with a word in the log, and the file keeps the rows that it had', async t => {
  const path = join(folder(t), 'trace.csv')
  const disk = new Disk()
  const { trace, errors } = await opened(path, 0, disk)
  trace.add(job({ startMs: 1001 }))
  trace.flush()
  disk.isFull = true
  trace.add(job({ startMs: 1002 }))
  await trace.close()
  const [[event, fields]] = errors as [[string, { reason: string }]]
  assert.equal(event, 'record-stopped')
  assert.match(fields.reason, /ENOSPC/)
  assert.equal(lines(path).length, 2)
})
