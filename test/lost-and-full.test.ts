import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { eventually, httpCall, startLab } from '@archlab/runtime/whole-lab'
import { componentOf } from './support/counts.ts'
import { catalogs } from './support/lab5.ts'

/* Messages that get lost or changed, full disks and leaks in a running lab: who notices, and that it is over when it is over. */

const SOURCE = (folder: string): string => `
components:
  edge: { kind: load-balancer, port: 8000, to: store, timeout: 200ms, outliers: { failures: 0 } }
  store: { kind: database, store: ${join(folder, 'store.db')} }
  jobs: { kind: worker, port: 8001, queue-file: ${join(folder, 'jobs.db')}, job-time: 300ms, concurrency: 1 }
`

test('Lost and changed messages, full disks, leaks', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'archlab-full-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const lab = await startLab(t, SOURCE(folder), { catalogs })
  const { operate } = lab.lab
  const perform: typeof operate = operation => operate.call(lab.lab, operation)
  const record = `${lab.url('edge')}/records/1`
  const body = JSON.stringify({ text: 'x'.repeat(2000) })
  const put = (): Promise<{ status: number }> => httpCall(record, { method: 'PUT', body })
  const isBack = (): Promise<void> => eventually(async () => (await put()).status === 204, 'it is as before')
  assert.equal((await put()).status, 204)

  await t.test('calls that a link drops end with its timeout', async () => {
    assert.deepEqual((await perform({ action: 'drop', target: 'edge', ratio: 1, forMs: null })).affected, [
      'components.edge.to',
    ])
    const lost = await httpCall(record)
    assert.equal(lost.status, 504)
    assert.match(String(lost.headers['proxy-status']), /^edge\/0; error=http_response_timeout/)
    await perform({ action: 'drop', target: 'components.edge.to', ratio: 1, forMs: 1 })
    await isBack()
  })

  await t.test('requests that a replica drops arrive there, and their caller gives up', async () => {
    await perform({ action: 'drop', target: 'store/0', ratio: 1, forMs: 300 })
    const before = await componentOf(lab, 'store')
    assert.equal((await httpCall(record)).status, 504)
    await eventually(async () => (await componentOf(lab, 'store')).abandoned === before.abandoned + 1, 'it is given up')
    await isBack()
  })

  await t.test(
    'a client of a replica that drops its requests hears nothing, and is counted as gone when it gives up',
    async () => {
      await perform({ action: 'drop', target: 'jobs/0', ratio: 1, forMs: 5000 })
      const before = await componentOf(lab, 'jobs')
      const task = `${lab.url('jobs')}/task`
      await assert.rejects(fetch(task, { signal: AbortSignal.timeout(150) }), { name: 'TimeoutError' })
      await eventually(
        async () => (await componentOf(lab, 'jobs')).abandoned === before.abandoned + 1,
        'it is given up',
      )
      await perform({ action: 'drop', target: 'jobs/0', ratio: 0, forMs: null })
      assert.equal((await httpCall(task)).status, 200)
    },
  )

  await t.test('replies that a link corrupts have a good status and another body', async () => {
    await perform({ action: 'corrupt', target: 'edge', ratio: 1, forMs: null })
    const changed = await httpCall(record)
    assert.deepEqual([changed.status, Buffer.byteLength(changed.text) > 0, changed.text === body], [200, true, false])
    await perform({ action: 'corrupt', target: 'edge', ratio: 0, forMs: null })
    assert.equal((await httpCall(record)).text, body)
  })

  await t.test('on a full disk a database answers reads and refuses changes with 507', async () => {
    await perform({ action: 'disk-full', target: 'store', forMs: 300 })
    assert.deepEqual([(await put()).status, (await httpCall(record)).status], [507, 200])
    await isBack()
  })

  await t.test('on a full disk a worker accepts nothing and loses nothing that it had accepted', async () => {
    const task = `${lab.url('jobs')}/task`
    const submit = () => httpCall(task, { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } })
    const accepted = await Promise.all([submit(), submit()])
    assert.deepEqual([accepted[0]!.status, accepted[1]!.status], [202, 202])
    // The first job ends meanwhile, and cannot be written down.
    await perform({ action: 'disk-full', target: 'jobs', forMs: 700 })
    const refused = await submit()
    assert.equal(refused.status, 503)
    assert.ok(refused.headers['retry-after'])
    assert.equal((await httpCall(`${task}/${accepted[1]!.json.id}`)).json.state, 'queued')
    await eventually(async () => (await componentOf(lab, 'jobs')).counters.done === 2, 'both jobs are done')
    const { counters, gauges, faults } = await componentOf(lab, 'jobs')
    assert.deepEqual([counters.submitted, counters.dead, gauges.connected, faults], [2, 0, 1, 0])
  })

  await t.test('who writes no file has no disk that could be full', async () => {
    const full = perform({ action: 'disk-full', target: 'edge', forMs: null })
    await assert.rejects(full, { code: 'OPERATION_FAILED', message: /writes no file/ })
    assert.equal((await put()).status, 204)
  })

  await t.test('a leak is done to a replica, and noted', async () => {
    const leak = { action: 'leak', target: 'store', sizeBytes: 65_536, everyMs: 5, forMs: 100 } as const
    assert.deepEqual((await perform(leak)).affected, ['store/0'])
    assert.ok(lab.lab.events.some(({ event, subjects }) => event === 'leak' && subjects.includes('store/0')))
    assert.equal((await put()).status, 204)
  })
})
