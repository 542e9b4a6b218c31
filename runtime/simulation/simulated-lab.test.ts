import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SimulatedLabOptions } from './simulated-lab.ts'
import { openLab } from './test-lab.ts'

const LAB = `
name: simulated
components:
  front:
    kind: load-balancer
    port: 8000
    to: back
    outliers: { failures: 0 }
  back:
    kind: service
    replicas: 2
    script: [{ work: 10ms }]
`

const open = (t: Parameters<typeof openLab>[0], options?: SimulatedLabOptions) => openLab(t, LAB, options)

test('requests take the time that is declared, and no more; replies name who gave them', async t => {
  const { lab, seen, ask, untilMs } = await open(t)
  for (const atMs of [0, 1, 2]) ask(atMs)
  await untilMs(100)
  assert.deepEqual(
    seen.map(({ status, atMs }) => [status, atMs]),
    [
      [200, 10],
      [200, 11],
      [200, 12],
    ],
  )
  assert.deepEqual(new Set(seen.map(one => one.replica)), new Set(['back/0', 'back/1']))
  const { front, back } = lab.status().components
  assert.deepEqual([front!.statuses, back!.statuses, back!.received], [{ 200: 3 }, { 200: 3 }, 3])
})

test('a hop takes its time there and back, and its cost keeps the thread busy', async t => {
  const { seen, ask, untilMs, lab } = await open(t, { hopTimeMs: 3, hopCostMs: 1 })
  ask(0)
  ask(0)
  await untilMs(100)
  // 1 at the front (the second one waits for it), 3 to the back, 1 there, 10 of work, 3 back.
  assert.deepEqual(
    seen.map(({ atMs }) => atMs),
    [18, 19],
  )
  assert.deepEqual([lab.busyMs().get('front/0'), lab.busyMs().get('back/0')], [2, 1])
})

test('a replica that is killed loses what it had, is left out at once, and comes back after the back-off', async t => {
  const { lab, seen, ask, perform, untilMs } = await open(t)
  ask(0)
  ask(0)
  perform(5, { action: 'kill', target: 'back/0' })
  for (const atMs of [6, 7, 8]) ask(atMs)
  await untilMs(90)
  assert.deepEqual(
    seen.map(({ status, atMs }) => [status, atMs]).sort(),
    [
      [200, 10],
      [200, 16],
      [200, 17],
      [200, 18],
      [502, 5],
    ].sort(),
  )
  assert.ok(seen.slice(2).every(({ replica }) => replica === 'back/1'))
  assert.equal(lab.status().components.back!.replicas['back/0']!.state, 'failed')
  for (const atMs of [110, 111]) ask(atMs)
  await untilMs(200)
  assert.deepEqual(new Set(seen.slice(-2).map(({ replica }) => replica)), new Set(['back/0', 'back/1']))
  const back = lab.status().components.back!.replicas['back/0']!
  assert.deepEqual([back.state, back.restarts], ['ready', 1])
})

test('a replica that is restarted answers what it has first', async t => {
  const { seen, ask, perform, untilMs, lab } = await open(t)
  ask(0)
  ask(0)
  perform(5, { action: 'restart', target: 'back' })
  ask(8)
  await untilMs(200)
  assert.deepEqual(
    seen.map(({ status }) => status),
    [200, 200, 200],
  )
  const restarts = Object.values(lab.status().components.back!.replicas).map(one => one.restarts)
  assert.deepEqual(restarts, [1, 1])
})

test('a drained replica answers what it has, is called by nobody, and is back when it is undrained', async t => {
  const { seen, ask, perform, untilMs, lab } = await open(t)
  for (const atMs of [0, 0, 30, 31, 80, 81]) ask(atMs)
  perform(5, { action: 'drain', target: 'back/0' })
  perform(60, { action: 'undrain', target: 'back/0' })
  await untilMs(25)
  assert.equal(lab.status().components.back!.replicas['back/0']!.state, 'drained')
  await untilMs(200)
  assert.ok(seen.every(({ status }) => status === 200))
  const by = seen.map(({ replica }) => replica)
  assert.deepEqual(by.slice(2, 4), ['back/1', 'back/1'])
  assert.deepEqual([by.length, by.slice(4).sort()], [6, ['back/0', 'back/1']])
  assert.equal(lab.status().components.back!.replicas['back/0']!.restarts, 0)
})

test('a thread that hangs lets everything wait; slow replicas and cut links do what they do in a live lab', async t => {
  const { seen, ask, perform, untilMs } = await open(t)
  perform(0, { action: 'hang', target: 'front/0', forMs: 50 })
  ask(1)
  perform(100, { action: 'slow', target: 'back', by: { type: 'constant', valueMs: 20 }, forMs: 50 })
  ask(101)
  perform(200, { action: 'partition', target: 'front', forMs: 10 })
  ask(201)
  ask(300)
  await untilMs(400)
  assert.deepEqual(
    seen.map(({ status, atMs }) => [status, atMs]),
    [
      [200, 60],
      [200, 131],
      [503, 201],
      [200, 310],
    ],
  )
})

test('an edit that the simulation did not begin with is refused, and so is what does not exist', async t => {
  const { lab } = await open(t)
  await assert.rejects(lab.perform({ action: 'edit', patches: {} }), /only knows the edits that it began with/)
  await assert.rejects(lab.perform({ action: 'kill', target: 'nobody/0' }), /nobody/)
})
