import assert from 'node:assert/strict'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { startLab } from '@archlab/runtime/whole-lab'
import { folderWith } from './support/cli.ts'
import { ClosedLoad } from './support/closed-load.ts'
import { catalogs, supportModule, TRANSPORTS } from './support/lab5.ts'
import { startLoadedLab } from './support/restart-soak.ts'
import { answers, isBack, replicaOf } from './support/threads.ts'

/* Every component of the lab restarted under load, the entry and those that are alone included: nobody notices. */

/** What an edit changes that needs a restart, in whom. */
const EDITS = [
  ['microservice-a/0', { 'components.microservice-a.port': 6001 }],
  // Links reach these over HTTP at the ports themselves.
  ['gateway/1', { 'components.gateway.ports': [6002, 6003] }],
  ['edge/0', { 'components.edge.body-limit': '2mb' }],
  ['database/0', { 'components.database.latency': '20ms' }],
] as const

for (const transport of TRANSPORTS) {
  test(`Lab 5 over ${transport}`, async t => {
    const { lab, failuresDuring, stop } = await startLoadedLab(t, transport)

    for (const { name, replicas } of Object.values(lab.lab.topology.components)) {
      // What differs between the transports shows with these.
      if (transport === 'http' && name !== 'gateway' && name !== 'database') continue
      await t.test(`a restart of ${name} fails no request`, async () => {
        assert.deepEqual(await failuresDuring(() => lab.lab.operate({ action: 'restart', target: name })), {})
        for (let index = 0; index < replicas; index++) {
          const { state, restarts } = await replicaOf(lab, `${name}/${index}`)
          assert.deepEqual([state, restarts], ['ready', 1])
        }
      })
    }

    await t.test('an edit that needs a restart fails no request', async () => {
      const formerUrl = lab.url('microservice-a')
      for (const [replica, patches] of EDITS) {
        const before = await replicaOf(lab, replica)
        assert.deepEqual(await failuresDuring(() => lab.lab.operate({ action: 'edit', patches })), {}, replica)
        assert.equal((await replicaOf(lab, replica)).restarts, before.restarts + 1, replica)
      }
      assert.equal(await answers(`${lab.url('microservice-a')}/process`), true)
      assert.equal(await answers(`${formerUrl}/process`), false)
    })

    await t.test('no count is lost by any of it, and nothing was cut off', async () => {
      const { got, counted } = await stop()
      assert.deepEqual(counted, got)
      assert.deepEqual(
        lab.logged.filter(({ level }) => level !== 'info'),
        [],
      )
    })
  })
}

const SICK = (tombstone: string): string => `
components:
  edge: { kind: load-balancer, port: 8000, to: sick }
  sick: { kind: ${supportModule('sick.ts')}, start-delay: 300ms, tombstone: ${tombstone} }
`

test('A restart that does not succeed', async t => {
  const tombstone = join(folderWith(t, {}), 'tombstone')
  const lab = await startLab(t, SICK(tombstone), { catalogs, threads: 'per-replica' })
  const restart = () => lab.lab.operate({ action: 'restart', target: 'sick' })
  const load = ClosedLoad.start(t, lab.url('edge'))

  await t.test('leaves the replica in service when its successor cannot be made, and says why', async () => {
    writeFileSync(`${tombstone}-0`, '')
    const failures = await load.failuresDuring(() =>
      assert.rejects(restart(), { code: 'OPERATION_FAILED', message: /this one stays dead/ }),
    )
    assert.deepEqual(failures, {})
    const { state, restarts } = await replicaOf(lab, 'sick/0')
    assert.deepEqual([state, restarts], ['ready', 0])
    rmSync(`${tombstone}-0`)
    await restart()
    assert.equal((await replicaOf(lab, 'sick/0')).restarts, 1)
  })

  await t.test('fails with its replica when that is killed meanwhile, which comes back as ever', async () => {
    const restarted = assert.rejects(restart(), { code: 'OPERATION_FAILED', message: /it was killed/ })
    await lab.lab.operate({ action: 'kill', target: 'sick' })
    await restarted
    await isBack(lab, 'sick/0', 2)
    await load.gets(200)
  })

  await t.test('does not keep the lab from closing', async () => {
    const counts = await load.stop()
    const restarted = restart().catch(() => {})
    const { components } = await lab.close()
    await restarted
    assert.deepEqual(components.edge!.statuses, counts)
    assert.ok(!lab.logged.some(({ event }) => event === 'close-forced'))
  })
})
