import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually, httpCall, startLab } from '@archlab/runtime/whole-lab'
import { ClosedLoad } from './support/closed-load.ts'
import { componentOf } from './support/counts.ts'
import { catalogs } from './support/lab5.ts'
import { isAlive } from './support/listening.ts'
import { answers, isBack, LODGER, replicaOf } from './support/threads.ts'

/* A component in a host process of its own, called from the common one, and calling back into it. */

const SOURCE = `
components:
  edge: { kind: load-balancer, port: 8000, to: apart, outliers: { failures: 0 } }
  apart: { kind: ${LODGER}, replicas: 2, isolation: process, links: { next: leaf } }
  leaf: { kind: ${LODGER}, port: 8001 }
`

test('A component with a process of its own', async t => {
  const lab = await startLab(t, SOURCE, { catalogs })
  const url = lab.url('edge')
  const pids = lab.lab.hostPids
  const [common, own] = pids
  const hostsAre = (count: number): Promise<void> =>
    eventually(() => lab.lab.hostPids.length === count && lab.lab.hostPids.every(isAlive), `there are ${count} hosts`)

  await t.test('requests go there and back, and are counted as ever', async () => {
    assert.equal(pids.length, 2)
    for (let call = 0; call < 10; call++) assert.equal((await httpCall(url)).json.replica, 'leaf/0')
    for (const name of ['edge', 'apart', 'leaf']) assert.deepEqual((await componentOf(lab, name)).statuses, { 200: 10 })
    assert.equal((await replicaOf(lab, 'apart/1')).statuses[200], 5)
  })

  await t.test('an operation reaches the replicas of every host, a request put in too', async () => {
    const { affected } = await lab.lab.operate({ action: 'drain', target: 'apart/0' })
    assert.deepEqual(affected, ['apart/0'])
    assert.equal((await replicaOf(lab, 'apart/0')).state, 'drained')
    for (let call = 0; call < 4; call++) assert.ok(await answers(url))
    await lab.lab.operate({ action: 'undrain', target: 'apart/0' })
    const request = { method: 'GET', path: '/', query: '', headers: '', body: new Uint8Array() }
    assert.equal((await lab.lab.inject({ target: 'apart/1', request })).status, 200)
  })

  await t.test('a rolling restart there loses no request', async () => {
    const load = ClosedLoad.start(t, url)
    await load.gets(200)
    const failures = await load.failuresDuring(async () => {
      await lab.lab.operate({ action: 'restart', target: 'apart' })
    })
    await load.stop()
    assert.deepEqual(failures, {})
  })

  await t.test('when it is killed, its neighbours answer everything, and it comes back', async () => {
    const load = ClosedLoad.start(t, lab.url('leaf'))
    await load.gets(200)
    const failures = await load.failuresDuring(async () => {
      process.kill(own!, 'SIGKILL')
      await eventually(() => answers(url), 'it is back')
    })
    await load.stop()
    assert.deepEqual(failures, {})
    const died = lab.logged.find(({ event }) => event === 'host-died')
    assert.equal(died?.fields.host, 'apart')
    assert.match(String(died.fields.error), /SIGKILL/)
    assert.equal(lab.lab.hostPids[0], common)
    assert.equal((await replicaOf(lab, 'leaf/0')).restarts, 0)
  })

  await t.test('when the common host is killed, it lives on, and is called again', async () => {
    await hostsAre(2)
    const [, before] = lab.lab.hostPids
    process.kill(common!, 'SIGKILL')
    await eventually(() => answers(url), 'the lab answers')
    assert.equal(lab.lab.hostPids[1], before)
  })

  await t.test('edits move it into the common host, and out again', async () => {
    const [, before] = lab.lab.hostPids
    await lab.lab.applyPatches(['components.apart.isolation=thread'])
    await hostsAre(1)
    assert.equal(isAlive(before!), false)
    assert.ok(await answers(url))
    await lab.lab.applyPatches(['components.apart.isolation=process', 'components.apart.replicas=3'])
    await hostsAre(2)
    for (let call = 0; call < 6; call++) assert.ok(await answers(url))
    await isBack(lab, 'apart/2', 0)
    assert.ok((await replicaOf(lab, 'apart/2')).statuses[200]! > 0)
  })

  await t.test('closing the lab ends all of its processes', async () => {
    const { hostPids } = await lab.close()
    assert.equal(hostPids.some(isAlive), false)
  })
})
