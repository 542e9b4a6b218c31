import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually, startLab } from '@archlab/runtime/whole-lab'
import { ClosedLoad } from './support/closed-load.ts'
import { componentOf } from './support/counts.ts'
import { catalogs } from './support/lab5.ts'

/* A component whose number of replicas follows its load. */

const TARGET = 0.4
const MAX = 3
const SOURCE = `
components:
  edge: { kind: load-balancer, port: 8000, to: service, policy: least-requests }
  service:
    kind: service
    replicas: { max: ${MAX}, target: { utilisation: ${TARGET * 100}% }, interval: 200ms, stabilisation: 600ms }
    script: [{ work: { cpu: 2ms } }]
`

test('The number of replicas of a component', async t => {
  // Replicas that share a thread are busy together.
  const lab = await startLab(t, SOURCE, { catalogs, threads: 'per-replica' })
  const replicas = (): number => lab.lab.topology.components.service!.replicas
  const scaled = () => lab.lab.events.filter(({ event }) => event === 'scaled').map(({ fields }) => fields as any)
  const load = ClosedLoad.start(t, lab.url('edge'))

  await t.test('grows by the formula under load, and no request is lost', async () => {
    await eventually(() => replicas() === MAX, 'as many as there may be', 30_000)
    for (const { from, to, utilisation, targetUtilisation, unknown, desired } of scaled()) {
      assert.equal(targetUtilisation, TARGET)
      assert.ok(to > from, `${from} → ${to} under load`)
      assert.equal(to, Math.min(MAX, desired))
      const formula = Math.ceil((from * utilisation) / TARGET - 1e-9)
      assert.ok(unknown > 0 ? desired <= formula : desired === formula, `${desired} for ${from} × ${utilisation}`)
    }
  })

  await t.test('is told in /status, and stays through edits of anything else', async () => {
    const { autoscaling } = await componentOf(lab, 'service')
    assert.deepEqual([autoscaling!.min, autoscaling!.max, autoscaling!.targetUtilisation], [1, MAX, TARGET])
    // The topology tells what is wanted; the replicas are there when they have started.
    const running = async (): Promise<number> => Object.keys((await componentOf(lab, 'service')).replicas).length
    await eventually(async () => (await running()) === MAX, 'as many as wanted')
    await lab.lab.applyPatches(['components.edge.policy=random'])
    assert.equal(replicas(), MAX)
    const { differences } = await lab.lab.compareFile()
    assert.deepEqual(differences, [], 'what the lab scales is no difference to its file')
  })

  await t.test('shrinks when the load is gone, and nothing swings', async () => {
    const counts = await load.stop()
    assert.deepEqual(Object.keys(counts), ['200'])
    await eventually(() => replicas() === 1, 'as few as there may be', 30_000)
    const steps = scaled().map(({ from, to }) => Math.sign(to - from))
    assert.deepEqual(steps, steps.toSorted().toReversed(), 'up, then down')
    const chain = scaled().flatMap(({ from, to }, at, all) => (at > 0 && all[at - 1].to !== from ? [[from, to]] : []))
    assert.deepEqual(chain, [])
  })

  await t.test('is left alone once it is given as a number', async () => {
    await lab.lab.applyPatches(['components.service.replicas=2'])
    assert.equal(replicas(), 2)
    assert.equal((await componentOf(lab, 'service')).autoscaling, undefined)
  })
})
