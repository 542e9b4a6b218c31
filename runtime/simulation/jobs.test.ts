import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openLab } from './test-lab.ts'

const LAB = `
name: jobs
components:
  front: { kind: load-balancer, port: 8000, to: worker, outliers: { failures: 0 } }
  worker: { kind: worker, replicas: 3, job-time: 1s, concurrency: 2, backoff: 100ms }
`
const TASK = { method: 'POST', path: '/task' }

test('replicas of a worker share their queue: jobs wait for the first free slot of any, and none is lost', async t => {
  const { lab, seen, ask, untilMs } = await openLab(t, LAB)
  for (let at = 0; at < 12; at++) ask(0, TASK)
  ask(500, { path: '/task' })
  await untilMs(999)
  assert.deepEqual(new Set(seen.slice(0, 12).map(({ status }) => status)), new Set([202]))
  const counted = JSON.parse(seen[12]!.body)
  assert.deepEqual([counted.running, counted.queued], [6, 6])
  // Twice a second's work on six slots; what a neighbour has accepted is looked for once a second at the latest.
  await untilMs(3100)
  const { counters } = lab.status().components.worker!
  assert.deepEqual([counters.submitted, counters.done], [12, 12])
})

test('jobs of a replica that dies are run again by others, once each', async t => {
  const { lab, ask, perform, untilMs } = await openLab(t, LAB)
  for (let at = 0; at < 6; at++) ask(0, TASK)
  perform(500, { action: 'kill', target: 'worker/1' })
  await untilMs(10_000)
  const { counters } = lab.status().components.worker!
  assert.deepEqual([counters.submitted, counters.done], [6, 6])
})
