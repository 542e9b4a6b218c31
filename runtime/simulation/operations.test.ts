import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Request } from '../kit/index.ts'
import { openLab } from './test-lab.ts'

const LAB = `
name: operated
components:
  front: { kind: load-balancer, port: 8000, to: back, outliers: { failures: 0 } }
  back: { kind: service, replicas: 2, script: [{ work: 10ms }] }
`
const statuses = (seen: readonly { status: number }[]): number[] => seen.map(({ status }) => status)

for (const action of ['exit', 'throw'] as const) {
  test(`${action}: the replica dies with what it had and comes back after the back-off`, async t => {
    const { lab, seen, ask, perform, untilMs } = await openLab(t, LAB)
    for (const atMs of [0, 0, 20, 21]) ask(atMs)
    perform(5, { action, target: 'back/1' })
    await untilMs(80)
    assert.deepEqual(statuses(seen).sort(), [200, 200, 200, 502])
    assert.deepEqual(new Set(seen.slice(2).map(({ replica }) => replica)), new Set(['back/0']))
    await untilMs(1000)
    const { state, restarts } = lab.status().components.back!.replicas['back/1']!
    assert.deepEqual([state, restarts], ['ready', 1])
  })
}

test('fault: a share of the calls is answered with the status, later by a time, and only for so long', async t => {
  const { seen, ask, perform, untilMs } = await openLab(t, LAB)
  const fault = { action: 'fault', target: 'front', by: null, forMs: 1000 } as const
  perform(0, { ...fault, ratio: 1, status: 503 })
  for (const atMs of [1, 500, 1001]) ask(atMs)
  await untilMs(1100)
  assert.deepEqual(
    seen.map(({ status, atMs }) => [status, atMs]),
    [
      [503, 1],
      [503, 500],
      [200, 1011],
    ],
  )
  perform(1200, { ...fault, ratio: 0.3, status: 500 })
  for (let at = 0; at < 500; at++) ask(1201 + at)
  await untilMs(2000)
  const failed = statuses(seen).filter(status => status === 500).length
  assert.ok(Math.abs(failed - 150) < 40, `${failed} of 500`)
})

test('fault: what is delayed comes later, and what gets lost ends with the timeout of the link', async t => {
  const text = LAB.replace('to: back,', 'to: back, timeout: 200ms,')
  const { seen, ask, perform, untilMs } = await openLab(t, text)
  const fault = { action: 'fault', target: 'front', ratio: 1, forMs: 100 } as const
  perform(0, { ...fault, status: 503, by: { type: 'constant', valueMs: 30 } })
  ask(1)
  perform(300, { ...fault, status: null, by: null })
  ask(301)
  await untilMs(1000)
  assert.deepEqual(statuses(seen), [503, 504])
  assert.ok(seen[0]!.atMs >= 31 && seen[1]!.atMs >= 500, JSON.stringify(seen))
})

test('a replica that comes back starts slowly where its link says so', async t => {
  const text = LAB.replace('to: back,', 'to: back, slow-start: 10s,').replace('work: 10ms', 'work: 0ms')
  const { lab, ask, perform, untilMs } = await openLab(t, text)
  const received = (): number => lab.status().components.back!.replicas['back/1']!.received
  const askMany = (fromMs: number): void => {
    for (let at = 0; at < 1000; at++) ask(fromMs + at / 1000)
  }
  perform(9999, { action: 'drain', target: 'back/1' })
  perform(10_000, { action: 'undrain', target: 'back/1' })
  askMany(10_001)
  await untilMs(10_003)
  // A tenth of a weight beside a whole one.
  assert.ok(Math.abs(received() - 1000 / 11) <= 2, String(received()))
  const before = received()
  askMany(20_001)
  await untilMs(20_003)
  assert.ok(Math.abs(received() - before - 500) <= 1, String(received() - before))
})

test('drop: requests to a replica get lost there, and calls of a link before they are sent', async t => {
  const { lab, seen, ask, perform, untilMs } = await openLab(t, LAB.replace('to: back,', 'to: back, timeout: 100ms,'))
  perform(0, { action: 'drop', target: 'back/0', ratio: 1, forMs: 1000 })
  for (const atMs of [1, 2]) ask(atMs)
  await untilMs(500)
  assert.deepEqual(statuses(seen), [200, 504])
  const { received, abandoned } = lab.status().components.back!.replicas['back/0']!
  assert.deepEqual([received, abandoned], [1, 1])
  perform(1001, { action: 'drop', target: 'front', ratio: 1, forMs: 10 })
  ask(1002)
  await untilMs(1500)
  assert.equal(statuses(seen)[2], 504)
  assert.equal(lab.status().components.back!.received, 2)
})

test('corrupt: replies over a link have another body than was sent', async t => {
  const { seen, ask, perform, untilMs } = await openLab(
    t,
    LAB.replace('work: 10ms', 'respond: { json: { text: hello } }'),
  )
  ask(0)
  perform(1, { action: 'corrupt', target: 'front', ratio: 1, forMs: 10 })
  ask(2)
  await untilMs(100)
  assert.deepEqual(statuses(seen), [200, 200])
  assert.notEqual(seen[1]!.body, seen[0]!.body)
})

const FILES = `
name: files
components:
  front: { kind: load-balancer, port: 8000, to: [store], outliers: { failures: 0 } }
  store: { kind: database, store: some.db, replicas: 2 }
  jobs: { kind: worker, port: 8001, queue: sqlite, job-time: 100ms, concurrency: 1 }
`

test('disk-full: what is in files can be read and not changed, in one replica or all, and jobs are not lost', async t => {
  const { lab, seen, ask, perform, untilMs } = await openLab(t, FILES)
  const put = { method: 'PUT', path: '/records/1', body: '{}' }
  perform(0, { action: 'disk-full', target: 'store/1', forMs: 100 })
  for (const atMs of [1, 2]) ask(atMs, put)
  await untilMs(3)
  assert.deepEqual(statuses(seen), [204, 507])
  // What is in the file outlives the replica that opened it.
  perform(200, { action: 'restart', target: 'store/0' })
  for (const atMs of [201, 202]) ask(atMs, put)
  await untilMs(300)
  assert.deepEqual(statuses(seen).slice(2), [204, 204])
  const submitted: number[] = []
  const submit = (atMs: number): void => {
    lab.clock.at(atMs, () => {
      const request = new Request({ method: 'POST', path: '/task', body: '{}', arrivedAtMs: atMs })
      lab.connect('jobs').send(request, reply => submitted.push(reply!.status))
    })
  }
  for (const atMs of [400, 401, 500]) submit(atMs)
  perform(450, { action: 'disk-full', target: 'jobs', forMs: 1000 })
  await untilMs(5000)
  const { done, submitted: accepted } = lab.status().components.jobs!.counters
  assert.deepEqual([submitted, done, accepted], [[202, 202, 503], 2, 2])
})

test('leak: a simulation says that it leaves memory out', async t => {
  const { lab } = await openLab(t, LAB)
  const leak = { action: 'leak', target: 'back', sizeBytes: 1024, everyMs: 1, forMs: null } as const
  await assert.rejects(lab.perform(leak), /memory is not simulated/)
})
