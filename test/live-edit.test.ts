import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { httpCall, startLab } from '@archlab/runtime/whole-lab'
import { ClosedLoad } from './support/closed-load.ts'
import { componentOf, tacticOf } from './support/counts.ts'
import { catalogs } from './support/lab5.ts'
import { answers, replicaOf } from './support/threads.ts'

/* A lab that becomes another topology while it is under load. */

const SOURCE = `
threads: 2
components:
  edge:
    kind: api-gateway
    port: 8000
    routes:
      - { match: /process, to: service, tactics: [ { rate-limit: { max: 1000000, per: 1h } } ] }
  service: { kind: microservice, replicas: 2, port: 8001 }
  other: { kind: microservice }
`

test('A lab under load', async t => {
  const lab = await startLab(t, SOURCE, { catalogs })
  const edit = (patches: Readonly<Record<string, unknown>>) => lab.lab.operate({ action: 'edit', patches })
  const load = ClosedLoad.start(t, `${lab.url('edge')}/process`)
  await load.gets(200)

  await t.test('takes replicas in and lets them go, and links follow', async () => {
    assert.deepEqual(await load.failuresDuring(() => edit({ 'components.service.replicas': 4 })), {})
    assert.equal((await replicaOf(lab, 'service/3')).state, 'ready')
    assert.ok((await replicaOf(lab, 'service/3')).received > 0)
    assert.deepEqual(await load.failuresDuring(() => edit({ 'components.service.replicas': 1 })), {})
    assert.equal((await replicaOf(lab, 'edge/0')).links[0]!.gauges.up, 1)
  })

  await t.test(
    'keeps the state of a tactic when its neighbours and unrelated settings of its own change, and its counts in any case',
    async () => {
      const limit = 'components.edge.routes.0.tactics.rate-limit'
      await edit({ [`${limit}.max`]: 1, [`${limit}.per`]: '1h' })
      await load.gets(429)
      const { allowed } = await tacticOf(lab, 'edge', 'rate-limit')
      await edit({
        'components.edge.routes.0.policy': 'random',
        'components.service.replicas': 2,
        'components.edge.tactics': [{ retry: {} }],
      })
      await edit({ [`${limit}.headers`]: 'all' })
      await load.gets(429)
      assert.equal(
        (await tacticOf(lab, 'edge', 'rate-limit')).allowed,
        allowed,
        'a new window would have let one more pass',
      )
      await edit({ [`${limit}.max`]: 1_000_000, [`${limit}.per`]: '1h' })
      await load.gets(200)
      assert.ok((await tacticOf(lab, 'edge', 'rate-limit')).allowed! > allowed!)
    },
  )

  await t.test('restarts only the component whose port or kind changes', async () => {
    const before = await replicaOf(lab, 'edge/0')
    await edit({ 'components.service.port': 8005 })
    assert.ok(await answers(`${lab.url('service')}/process`))
    await edit({ 'components.other.kind': 'database' })
    assert.equal((await componentOf(lab, 'other')).kind, 'database')
    await edit({ 'components.other.kind': 'microservice' })
    assert.equal((await replicaOf(lab, 'edge/0')).restarts, before.restarts)
    await load.gets(200)
  })

  await t.test('goes on as it is when an edit is wrong', async () => {
    const { topology } = lab.lab
    const codes = [
      [{ 'components.edge.routes.0.to': 'nobody' }, 'TOPOLOGY_UNKNOWN_COMPONENT'],
      [{ 'components.service.replica': 2 }, 'TOPOLOGY_UNKNOWN_SETTING'],
      [{ 'components.servic.replicas': 2 }, 'TOPOLOGY_SET_NO_MATCH'],
    ] as const
    const failures = await load.failuresDuring(async () => {
      for (const [patches, code] of codes) await assert.rejects(edit(patches), { code })
    })
    assert.deepEqual(failures, {})
    assert.equal(lab.lab.topology, topology)
  })

  await t.test('follows its file, with the patches so far on top, and runs what a fresh start would', async () => {
    const text = readFileSync(lab.file, 'utf8')
    writeFileSync(lab.file, `${text}  late: { kind: microservice, port: 8009 }\n`)
    assert.deepEqual(
      (await lab.lab.compareFile()).differences.map(({ path }) => path),
      ['components.late'],
    )
    assert.deepEqual((await lab.lab.applyFile()).steps.start, ['late/0'])
    assert.ok(await answers(`${lab.url('late')}/process`))
    assert.deepEqual((await lab.lab.compareFile()).differences, [])
    const { components } = await lab.lab.status()
    const running = Object.values(components).flatMap(({ replicas }) =>
      Object.entries(replicas).flatMap(([name, { state }]) => (state === 'ready' ? [name] : [])),
    )
    const wanted = Object.values(lab.lab.topology.components).flatMap(({ name, replicas }) =>
      Array.from({ length: replicas }, (_, index) => `${name}/${index}`),
    )
    assert.deepEqual(running.sort(), wanted.sort())
  })

  await t.test('has lost no count', async () => {
    const received = await load.stop()
    const { edge, service, other } = (await lab.lab.status()).components
    assert.deepEqual(edge!.statuses, received)
    const admitted = received[200]!
    // Asked directly once on its new port; retries and what is lost on a replica that goes would come on top.
    assert.equal(service!.received + other!.received, admitted + 1)
  })
})

test('an edit that a replica cannot take leaves the lab as it says, and tells what failed', async t => {
  const lab = await startLab(t, SOURCE, { catalogs })
  const { status } = await httpCall(`${lab.url('edge')}/process`)
  assert.equal(status, 200)
  const edits = lab.lab.events.filter(one => one.event === 'edit').length
  const done = await Promise.all([
    lab.lab.operate({ action: 'edit', patches: { 'components.service.replicas': 3 } }),
    lab.lab.operate({ action: 'edit', patches: { 'components.service.replicas': 1 } }),
  ])
  assert.deepEqual(done[1].affected.includes('service/2'), true, 'one edit after the other')
  assert.equal(lab.lab.events.filter(one => one.event === 'edit').length, edits + 2)
  assert.equal(lab.lab.topology.components.service!.replicas, 1)
})
