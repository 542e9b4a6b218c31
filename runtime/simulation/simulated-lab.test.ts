import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { components } from '@archlab/components/catalog'
import { tactics } from '@archlab/tactics/catalog'
import { type Reply, Request } from '../kit/index.ts'
import type { Operation } from '../topology/environment-spec.ts'
import { loadTopology } from '../topology/index.ts'
import { SimulatedLab, type SimulatedLabOptions } from './simulated-lab.ts'

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

async function open(t: { after(end: () => Promise<void>): void }, options?: SimulatedLabOptions, text = LAB) {
  const folder = mkdtempSync(join(tmpdir(), 'archlab-simulated-'))
  const file = join(folder, 'topology.yaml')
  writeFileSync(file, text)
  const { topology, problems } = await loadTopology(file, { catalogs: { components, tactics }, env: {} })
  rmSync(folder, { recursive: true })
  assert.ok(topology, problems.map(({ message }) => message).join())
  const lab = await SimulatedLab.open(topology, options)
  t.after(() => lab.close())
  const seen: { status: number; replica: string; atMs: number }[] = []
  const connection = lab.connect('front')
  const ask = (atMs: number): void => {
    lab.clock.at(atMs, () => {
      connection.send(new Request({ method: 'GET', path: '/', arrivedAtMs: atMs }), (reply: Reply | null) => {
        seen.push({ status: reply?.status ?? 0, replica: reply?.replica ?? '', atMs: lab.clock.nowMs() })
      })
    })
  }
  const perform = (atMs: number, operation: Operation): void => {
    lab.clock.at(atMs, () => void lab.perform(operation))
  }
  const untilMs = (ms: number): Promise<void> => {
    let over = false
    lab.clock.at(ms, () => {
      over = true
    })
    return lab.clock.run(() => over)
  }
  return { lab, seen, ask, perform, untilMs }
}

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

test('an edit of the topology is refused, and so is what does not exist', async t => {
  const { lab } = await open(t)
  await assert.rejects(lab.perform({ action: 'edit', patches: {} }), /does not change its topology/)
  await assert.rejects(lab.perform({ action: 'kill', target: 'nobody/0' }), /nobody/)
})
