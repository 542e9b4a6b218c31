import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { eventually, httpCall, type LabUnderTest, startLab } from '@archlab/runtime/whole-lab'
import { ClosedLoad } from './support/closed-load.ts'
import { openControl } from './support/control.ts'
import { catalogs } from './support/lab5.ts'
import { isBack, replicaOf } from './support/threads.ts'

/* What one can do to a running lab, under load: counts stay exact whatever is done to the replicas behind the entry. */

const SOURCE = `
components:
  edge: { kind: load-balancer, port: 8000, to: service, outliers: { failures: 0 } }
  service: { kind: microservice, replicas: 3 }
`

const happened = (lab: LabUnderTest, event: string, subject: string): boolean =>
  lab.lab.events.some(one => one.event === event && one.subjects.includes(subject))

test('Operations on a running lab', async t => {
  const lab = await startLab(t, SOURCE, { catalogs, threads: 'per-replica' })
  const url = `${lab.url('edge')}/process`
  const load = ClosedLoad.start(t, url)
  /** Calls beside the load, by status. */
  const asked: Record<string, number> = {}
  const ask = async (): Promise<number> => {
    const beganMs = performance.now()
    const { status } = await httpCall(url)
    asked[status] = (asked[status] ?? 0) + 1
    return performance.now() - beganMs
  }
  await load.gets(200)

  await t.test('a killed replica is out of the links at once, and comes back by itself', async () => {
    const failures = await load.failuresDuring(async () => {
      const { affected } = await lab.lab.operate({ action: 'kill', target: 'service/0' })
      assert.deepEqual(affected, ['service/0'])
      await isBack(lab, 'service/0', 1)
    })
    // Only what was under way in it is lost, and that is no more than there are clients.
    assert.ok((failures[502] ?? 0) <= 8, JSON.stringify(failures))
    assert.deepEqual(Object.keys({ 502: 0, ...failures }), ['502'])
    assert.ok(happened(lab, 'kill', 'service/0'))
    assert.ok(happened(lab, 'replica-died', 'service/0'))
    assert.ok(happened(lab, 'replica-ready', 'service/0'))
  })

  await t.test('a replica that ends or throws by itself comes back too', async () => {
    await lab.lab.operate({ action: 'exit', target: 'service/1' })
    await isBack(lab, 'service/1', 1)
    await lab.lab.operate({ action: 'throw', target: 'service/2' })
    await isBack(lab, 'service/2', 1)
    const death = lab.logged.find(one => one.event === 'replica-died' && one.replica === 'service/2')
    assert.match(String(death!.fields.error), /an operation on the lab threw this/)
  })

  await t.test('a replica that hangs is found, told with its stack, ended and started again', async () => {
    const states: string[] = []
    lab.lab.on('replica', ({ replica, state }) => void (replica === 'service/0' && states.push(state)))
    await lab.lab.operate({ action: 'hang', target: 'service/0', forMs: null })
    await isBack(lab, 'service/0', 2)
    assert.deepEqual(states, ['hung', 'failed', 'starting', 'ready'])
    const hang = lab.logged.find(one => one.event === 'replica-hung')
    assert.equal(hang?.replica, 'service/0')
    assert.equal(hang.fields.ended, true)
    assert.match(String(hang.fields.stack), /at spin \(file:.*\.ts:\d+:\d+\)/)
    assert.ok(happened(lab, 'replica-hung', 'service/0'))
  })

  await t.test('a hung replica can be killed without waiting for that', async () => {
    await lab.lab.operate({ action: 'hang', target: 'service/2', forMs: null })
    await lab.lab.operate({ action: 'kill', target: 'service/2' })
    await isBack(lab, 'service/2', 2)
  })

  await t.test('slowness adds to every request until its time is over', async () => {
    await lab.lab.operate({ action: 'slow', target: 'service', by: { type: 'constant', valueMs: 150 }, forMs: 600 })
    assert.ok((await ask()) >= 149)
    await eventually(async () => (await ask()) < 149, 'it is quick again')
  })

  await t.test('a fault on a link fails its share of the calls until its time is over', async () => {
    const done = lab.lab.operate({ action: 'fault', target: 'edge', ratio: 1, status: 503, by: null, forMs: 300 })
    await load.gets(503)
    assert.deepEqual((await done).affected, ['components.edge.to'])
    await load.gets(200)
  })

  await t.test('a partitioned link finds nobody up, and everybody afterwards', async () => {
    const up = async () => (await replicaOf(lab, 'edge/0')).links[0]!.gauges.up
    await lab.lab.operate({ action: 'partition', target: 'components.edge.to', forMs: 400 })
    assert.equal(await up(), 0)
    await load.gets(503, 1)
    await load.gets(200)
    assert.equal(await up(), 3)
  })

  await t.test('a rolling restart of a component fails no request', async () => {
    const failures = await load.failuresDuring(() => lab.lab.operate({ action: 'restart', target: 'service' }))
    assert.deepEqual(failures, {})
    for (const replica of ['service/0', 'service/1', 'service/2']) {
      assert.equal((await replicaOf(lab, replica)).state, 'ready')
    }
  })

  await t.test('links take a dead replica out in less than 100 ms, and back when it is ready', async () => {
    const { received: before } = await replicaOf(lab, 'service/0')
    let quickestMs = Number.POSITIVE_INFINITY
    // Of several, for the machine may do something else.
    for (let kills = 1; quickestMs >= 100 && kills <= 3; kills++) {
      const { restarts } = await replicaOf(lab, 'service/0')
      const beganMs = performance.now()
      await lab.lab.operate({ action: 'kill', target: 'service/0' })
      let lastMs = 0
      for (let good = 0; good < 20; good++) {
        const { status } = await httpCall(url)
        asked[status] = (asked[status] ?? 0) + 1
        if (status === 200) continue
        lastMs = performance.now() - beganMs
        good = -1
      }
      quickestMs = Math.min(quickestMs, lastMs)
      await isBack(lab, 'service/0', restarts + 1)
    }
    assert.ok(quickestMs < 100, `${quickestMs} ms`)
    await eventually(async () => (await replicaOf(lab, 'service/0')).received > before + 20, 'it is called again')
  })

  await t.test('who means nobody is told so', async () => {
    const code = 'OPERATION_UNKNOWN_TARGET'
    await assert.rejects(lab.lab.operate({ action: 'kill', target: 'servic' }), {
      code,
      hint: /did you mean "service"/,
    })
    await assert.rejects(lab.lab.operate({ action: 'kill', target: 'service/7' }), { code })
    await assert.rejects(lab.lab.operate({ action: 'partition', target: 'service', forMs: null }), { code })
  })

  await t.test('over HTTP they ask for the token of the run, and refuse what cannot be read', async () => {
    const control = `http://127.0.0.1:${await openControl(t, lab)}`
    const { json } = await httpCall(`${control}/operations`)
    const authorization = `Bearer ${readFileSync(json.tokenFile, 'utf8').trim()}`
    const post = (body: string, headers: Record<string, string>) =>
      httpCall(`${control}/operations`, { method: 'POST', headers, body })
    for (const headers of [{}, { authorization: 'Bearer x' }, { authorization: authorization.slice(0, -1) }]) {
      assert.equal((await post('{"kill":"service"}', headers as Record<string, string>)).status, 401)
    }
    assert.equal((await post('{"kill":"service"}', { authorization, origin: 'http://evil.example' })).status, 403)
    for (const [body, code] of [
      ['{', 'OPERATION_MALFORMED'],
      ['{"kill":"service","for":"1s"}', 'OPERATION_MALFORMED'],
      ['{"kill":"nobody"}', 'OPERATION_UNKNOWN_TARGET'],
    ] as const) {
      const refused = await post(body, { authorization })
      assert.deepEqual([refused.status, refused.json.code], [400, code])
      assert.match(String(refused.headers['content-type']), /problem\+json/)
    }
    const done = await post('{"slow":"service/0","by":"1ms","for":"1ms"}', { authorization })
    assert.deepEqual([done.status, done.json.affected], [200, ['service/0']])
    const { json: seen } = await httpCall(`${control}/events`)
    assert.equal(seen.events.at(-1).event, 'slow')
  })

  await t.test('what the clients got is what the entry counted', async () => {
    const received = await load.stop()
    const { components } = await lab.lab.status()
    for (const [status, count] of Object.entries(asked)) received[status] = (received[status] ?? 0) + count
    assert.deepEqual(components.edge!.statuses, received)
    assert.equal(
      components.edge!.received,
      Object.values(received).reduce((sum, count) => sum + count, 0),
    )
  })
})

test('in a shared thread a kill takes only its replica, and its neighbours serve on', async t => {
  const lab = await startLab(t, `threads: 1${SOURCE}`, { catalogs })
  const load = ClosedLoad.start(t, `${lab.url('edge')}/process`)
  await load.gets(200)
  await lab.lab.operate({ action: 'kill', target: 'service/1' })
  await isBack(lab, 'service/1', 1)
  for (const replica of ['edge/0', 'service/0', 'service/2']) assert.equal((await replicaOf(lab, replica)).restarts, 0)
  await load.gets(200)
  const received = await load.stop()
  assert.deepEqual((await lab.lab.status()).components.edge!.statuses, received)
})
