import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { JobState, Lane, Outcome } from '../job.ts'
import { newJob } from '../test-stores.ts'
import { commandsOn, type UnbrokeredCommands } from './commands.ts'
import { MemoryCommands, MemoryTable } from './memory-commands.ts'
import { openDatabase } from './open-database.ts'
import type { TableOptions } from './table-types.ts'

/*
 * The state machine of jobs against a reference of a few lines, in any course of events: two replicas that share a table,
 * one of which may fall silent or die at any moment.
 */

const OPTIONS: TableOptions = {
  brokered: false,
  queueMax: 6,
  finishedMax: 1000,
  deadMax: 1000,
  keysMax: 1000,
  keyTtlMs: 1e9,
  attemptsMax: 3,
  backoffMs: 100,
  maxBackoffMs: 150,
  leaseMs: 1000,
  publishMs: 1000,
}
/** Every random wait is half of the longest one. */
const HALF = { next: () => 0.5 }
const REPLICAS = ['a', 'b'] as const
type Replica = (typeof REPLICAS)[number]

interface ModelJob {
  id: string
  state: 'ready' | 'delayed' | 'running' | Exclude<JobState, 'queued' | 'running'>
  lane: Lane
  priority: number
  attempts: number
  dueAtMs: number
  owner: Replica | null
  leaseUntilMs: number
}

interface Model {
  nowMs: number
  jobs: ModelJob[]
}

interface Real {
  replicas: Record<Replica, UnbrokeredCommands>
  births: number
  born: Birth
}

/** A replica's commands; `births` counts its lives. */
type Birth = (replica: Replica, births: number) => UnbrokeredCommands

const asClientsSee = (state: ModelJob['state']): JobState =>
  state === 'ready' || state === 'delayed' ? 'queued' : state

function attemptFails(job: ModelJob, nowMs: number): void {
  job.owner = null
  if (job.attempts >= OPTIONS.attemptsMax) job.state = 'dead'
  else {
    job.state = 'delayed'
    job.dueAtMs = nowMs + Math.ceil(0.5 * Math.min(OPTIONS.backoffMs * 2 ** (job.attempts - 1), OPTIONS.maxBackoffMs))
  }
}

/** What a claim by `replica` does before it claims. */
function tend({ jobs, nowMs }: Model, replica: Replica): void {
  for (const job of jobs) if (job.state === 'delayed' && job.dueAtMs <= nowMs) job.state = 'ready'
  for (const job of jobs) {
    if (job.state === 'running' && job.owner !== replica && job.leaseUntilMs <= nowMs) attemptFails(job, nowMs)
  }
}

function assertSame({ jobs }: Model, { replicas }: Real): void {
  const all = replicas.a.list(0, { state: null, kind: null, beforeSeq: null, limit: 1000 })
  const seen = all.map(({ id, state, attempts }) => ({ id, state, attempts })).reverse()
  assert.deepEqual(
    seen,
    jobs.map(({ id, state, attempts }) => ({ id, state: asClientsSee(state), attempts })),
  )
  const counts = { queued: 0, running: 0, done: 0, failed: 0, dead: 0, cancelled: 0 }
  for (const job of jobs) counts[asClientsSee(job.state)]++
  assert.deepEqual(replicas.b.counts(0), counts)
}

/** A step as fast-check wants it; every step ends with a comparison. */
function step(name: string, run: (model: Model, real: Real) => void): fc.Command<Model, Real> {
  return {
    check: () => true,
    run(model, real) {
      run(model, real)
      assertSame(model, real)
    },
    toString: () => name,
  }
}

const submit = (priority: number, lane: Lane) =>
  step(`submit(${priority}, ${lane})`, (model, { replicas }) => {
    const job = newJob({ id: `job ${model.jobs.length}`, priority, lane })
    const queued = model.jobs.filter(one => asClientsSee(one.state) === 'queued').length
    const { outcome } = replicas.a.add(model.nowMs, job, 1, null)
    assert.equal(outcome, queued >= OPTIONS.queueMax + 1 ? 'full' : 'accepted')
    if (outcome === 'accepted') {
      const fresh = { attempts: 0, dueAtMs: 0, owner: null, leaseUntilMs: 0 }
      model.jobs.push({ id: job.id, state: 'ready', lane, priority, ...fresh })
    }
  })

const claim = (replica: Replica, total: number, thread: number) =>
  step(`claim(${replica}, ${total}, ${thread})`, (model, { replicas }) => {
    tend(model, replica)
    const expected: ModelJob[] = []
    // Stable: among equals the oldest is first.
    for (const job of model.jobs.filter(one => one.state === 'ready').sort((x, y) => y.priority - x.priority)) {
      const threads = expected.filter(one => one.lane === 'thread').length
      if (expected.length < total && (job.lane === 'light' || threads < thread)) expected.push(job)
    }
    const { jobs } = replicas[replica].claim(model.nowMs, { light: total, thread, total })
    assert.deepEqual(
      jobs.map(job => job.id),
      expected.map(job => job.id),
    )
    for (const job of expected) {
      Object.assign(job, { state: 'running', owner: replica, leaseUntilMs: model.nowMs + OPTIONS.leaseMs })
      job.attempts++
    }
  })

/** Any job, but in most cases one that runs. */
function pick(model: Model, at: number): ModelJob | undefined {
  const running = model.jobs.filter(job => job.state === 'running')
  const among = at % 4 === 0 || running.length === 0 ? model.jobs : running
  return among[at % Math.max(among.length, 1)]
}

/** `late`: the outcome is that of an attempt before. */
const settle = (replica: Replica, at: number, outcome: Outcome, late: boolean) =>
  step(`settle(${replica}, ${at}, ${outcome.type}${late ? ', late' : ''})`, (model, { replicas }) => {
    const job = pick(model, at)
    if (!job) return
    const attempt = job.attempts - (late ? 1 : 0)
    const { state } = replicas[replica].settle(model.nowMs, job.id, attempt, outcome)
    if (job.state !== 'running' || job.owner !== replica || late) assert.equal(state, 'lost')
    else if (outcome.type === 'done') job.state = 'done'
    else if (outcome.type === 'released') {
      job.state = 'ready'
      job.attempts--
    } else if (outcome.retry) attemptFails(job, model.nowMs)
    else job.state = 'failed'
  })

const beat = (replica: Replica) =>
  step(`beat(${replica})`, (model, { replicas }) => {
    const beats = model.jobs.map(({ id, attempts }) => ({ id, attempt: attempts, progress: null }))
    const own = (job: ModelJob): boolean => job.state === 'running' && job.owner === replica
    assert.deepEqual(
      replicas[replica].beat(model.nowMs, beats),
      model.jobs.filter(job => !own(job)).map(job => job.id),
    )
    for (const job of model.jobs) if (own(job)) job.leaseUntilMs = model.nowMs + OPTIONS.leaseMs
  })

const cancel = (at: number) =>
  step(`cancel(${at})`, (model, { replicas }) => {
    const job = pick(model, at)
    if (!job) return
    assert.equal(replicas.b.cancel(model.nowMs, job.id), asClientsSee(job.state))
    if (job.state === 'ready' || job.state === 'delayed' || job.state === 'running') job.state = 'cancelled'
  })

const pass = (ms: number) =>
  step(`pass(${ms} ms)`, model => {
    model.nowMs += ms
  })

/** The replica dies and comes back: what it ran is tried again at once. */
const rebirth = (replica: Replica) =>
  step(`rebirth(${replica})`, (model, real) => {
    real.replicas[replica] = real.born(replica, ++real.births)
    const { rival } = real.replicas[replica].enter(model.nowMs)
    assert.equal(rival, null)
    for (const job of model.jobs) if (job.state === 'running' && job.owner === replica) attemptFails(job, model.nowMs)
  })

const holder = (replica: Replica, births: number) => ({
  id: `${replica} ${births}`,
  lab: 'lab',
  replica: `jobs/${replica}`,
  pid: process.pid,
})

const replica = fc.constantFrom(...REPLICAS)
const outcome = fc.constantFrom<Outcome>(
  { type: 'done', result: '1' },
  { type: 'failed', cause: 'error', error: 'x', retry: true },
  { type: 'failed', cause: 'error', error: 'x', retry: false },
  { type: 'released' },
)
const steps = [
  fc.tuple(fc.integer({ min: 0, max: 2 }), fc.constantFrom<Lane>('light', 'thread')).map(args => submit(...args)),
  fc.tuple(replica, fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: 2 })).map(args => claim(...args)),
  fc.tuple(replica, fc.nat(20), outcome, fc.nat(3)).map(([who, at, end, late]) => settle(who, at, end, late === 0)),
  replica.map(beat),
  fc.nat(20).map(cancel),
  fc.constantFrom(1, 50, 75, 1000).map(pass),
  replica.map(rebirth),
]

const tables: Record<string, () => { born: Birth; close(): void }> = {
  'a database'() {
    const database = openDatabase(null, 'normal')
    const born: Birth = (replica, births) => commandsOn(database, holder(replica, births), OPTIONS, HALF)
    return { born, close: () => database.close() }
  },
  memory() {
    const table = new MemoryTable()
    return { born: (replica, births) => new MemoryCommands(table, holder(replica, births), OPTIONS, HALF), close() {} }
  },
}

for (const [name, open] of Object.entries(tables)) {
  test(`in any course of events the table in ${name} does what the reference does`, () => {
    fc.assert(
      fc.property(fc.commands(steps, { maxCommands: 100, size: '+1' }), course => {
        const { born, close } = open()
        try {
          const replicas = { a: born('a', 1), b: born('b', 1) }
          for (const one of REPLICAS) assert.equal(replicas[one].enter(1).rival, null)
          fc.modelRun(() => ({ model: { nowMs: 1, jobs: [] }, real: { replicas, births: 1, born } }), course)
        } finally {
          close()
        }
      }),
      { numRuns: 100 },
    )
  })
}

/** A table of a worker with a broker. */
function brokered() {
  const database = openDatabase(null, 'normal')
  const self = { id: 'a 1', lab: 'lab', replica: 'jobs/a', pid: process.pid }
  return commandsOn(database, self, { ...OPTIONS, brokered: true }, HALF)
}
const ids = (jobs: readonly { id: string }[]): string[] => jobs.map(job => job.id)

test('a job stays in the outbox until it was published, one publisher at a time', () => {
  const table = brokered()
  const job = newJob()
  table.add(1, job, 0, null)
  assert.deepEqual(table.outbox(1000, 10), [], 'who added it publishes it')
  assert.deepEqual(ids(table.outbox(1001, 10)), [job.id], 'who added it has died')
  assert.deepEqual(table.outbox(1002, 10), [], 'somebody else publishes it')
  table.published(1003, [job.id])
  assert.deepEqual(table.outbox(1e6, 10), [])
})

test('an attempt that failed goes to the outbox when it is due, and a started job leaves it', () => {
  const table = brokered()
  const job = newJob()
  table.add(1, job, 0, null)
  assert.deepEqual(ids(table.take(2, [job.id]).jobs), [job.id], 'its message was quicker than its confirmation')
  assert.deepEqual(table.outbox(1e6, 10), [])
  const { dueAtMs } = table.settle(3, job.id, 1, { type: 'failed', cause: 'error', error: 'x', retry: true })
  assert.deepEqual(table.take(4, [job.id]).stale, [{ id: job.id, why: 'waiting' }])
  assert.deepEqual(table.outbox(dueAtMs!, 10), [])
  table.tend(dueAtMs!)
  assert.deepEqual(ids(table.outbox(dueAtMs!, 10)), [job.id])
})

test('a published job that nobody starts goes back to the outbox, and only then', () => {
  const table = brokered()
  const [waits, runs] = [newJob(), newJob()]
  for (const job of [waits, runs]) table.add(1, job, 0, null)
  table.published(10, [waits.id, runs.id])
  table.take(11, [runs.id])
  assert.equal(table.putBack(12, 9, 10), 0)
  assert.equal(table.putBack(12, 10, 10), 1)
  assert.deepEqual(ids(table.outbox(12, 10)), [waits.id])
})

test('messages of jobs that cannot be started say why', () => {
  const table = brokered()
  const [runs, ended] = [newJob(), newJob()]
  for (const job of [runs, ended]) table.add(1, job, 0, null)
  table.take(2, [runs.id])
  table.cancel(2, ended.id)
  const { jobs, stale } = table.take(3, [runs.id, ended.id, 'new'])
  assert.deepEqual(jobs, [])
  assert.deepEqual(
    stale.map(one => one.why),
    ['running', 'ended', 'unknown'],
  )
  const unknown = newJob({ id: 'new' })
  table.adopt(4, unknown)
  assert.deepEqual(ids(table.take(4, ['new']).jobs), ['new'])
})

test('a repeated request finds its job unpublished when the first publisher has given up', () => {
  const table = brokered()
  const job = newJob()
  const key = { key: 'k', fingerprint: 'f' }
  table.add(1, job, 0, key)
  assert.deepEqual(table.add(1000, newJob(), 0, key), { outcome: 'pending' })
  const repeated = table.add(1001, newJob(), 0, key)
  assert.ok(repeated.outcome === 'repeated' && repeated.unpublished?.id === job.id)
  assert.deepEqual(table.add(1002, newJob(), 0, key), { outcome: 'pending' }, 'the second publisher is at it')
})

test('keys are forgotten after their time, and the oldest when there are too many', () => {
  const database = openDatabase(null, 'normal')
  const self = { id: 'a 1', lab: 'lab', replica: 'jobs/a', pid: process.pid }
  const table = commandsOn(database, self, { ...OPTIONS, queueMax: 100, keysMax: 3, keyTtlMs: 100 }, HALF)
  const add = (nowMs: number, key: string): string => table.add(nowMs, newJob(), 0, { key, fingerprint: 'f' }).outcome
  for (const [at, key] of ['a', 'b', 'c', 'd'].entries()) assert.equal(add(at, key), 'accepted')
  assert.equal(add(4, 'b'), 'repeated')
  assert.equal(add(4, 'a'), 'accepted', 'it was the oldest of four')
  table.tend(104)
  assert.equal(database.prepare('SELECT count(*) AS n FROM idempotency_key').get()?.n, 0)
})
