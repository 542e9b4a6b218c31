import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually, httpCall } from '@archlab/runtime/whole-lab'
import { ClosedLoad } from './support/closed-load.ts'
import { isBack, LODGER, replicaOf, start } from './support/threads.ts'

/* A replica that wants more memory than it may have, with a server open, beside neighbours under load. */

test('a replica that outgrows its memory is named, ended and started again, and its neighbours answer everything', async t => {
  const source = `
components:
  greedy: { kind: ${LODGER}, port: 8000, resources: { limits: { memory: 32mb } } }
  neighbour: { kind: ${LODGER}, port: 8001, links: { next: inner } }
  inner: { kind: ${LODGER} }
`
  const lab = await start(t, source)
  const [hostPid] = lab.lab.hostPids
  const load = ClosedLoad.start(t, lab.url('neighbour'))
  await load.gets(200)
  const greedily = (path: string) => httpCall(`${lab.url('greedy')}${path}`).catch(({ code }) => code)
  const failures = await load.failuresDuring(async () => {
    await greedily('/hoard')
    await isBack(lab, 'greedy/0', 1)
    await greedily('/leak')
    await isBack(lab, 'greedy/0', 2)
  })
  assert.deepEqual(failures, {})
  const told = lab.logged.filter(({ event }) => event === 'replica-out-of-memory')
  assert.deepEqual(
    told.map(({ replica }) => replica),
    ['greedy/0', 'greedy/0'],
  )
  for (const { fields } of told) {
    assert.equal(fields.heapLimitBytes, 32 * 1024 ** 2)
    assert.ok(Number(fields.heapBytes) > 32 * 1024 ** 2, String(fields.heapBytes))
  }
  assert.match(String(told[0]!.fields.stack), /lodger\.ts/, 'where it was in a loop')
  const death = lab.logged.find(({ event, replica }) => event === 'replica-died' && replica === 'greedy/0')
  assert.match(String(death?.fields.error), /its heap grew to \d+ MiB, beyond its limit of 32 MiB/)
  assert.ok(lab.lab.events.some(({ event }) => event === 'replica-out-of-memory'))
  assert.deepEqual(lab.lab.hostPids, [hostPid], 'the host never went')
  await eventually(async () => Number((await replicaOf(lab, 'greedy/0')).heapBytes) > 1024 ** 2, 'its heap is told')
  assert.equal((await replicaOf(lab, 'neighbour/0')).restarts, 0)
})
