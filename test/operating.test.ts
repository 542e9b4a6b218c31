import assert from 'node:assert/strict'
import { Agent } from 'node:http'
import { test } from 'node:test'
import { eventually, httpCall, startLab } from '@archlab/runtime/whole-lab'
import { ClosedLoad } from './support/closed-load.ts'
import { catalogs } from './support/lab5.ts'
import { answers, replicaOf } from './support/threads.ts'

/* What one does to a running lab to operate it: drain and undrain under load, read its log, ask one component. */

const SOURCE = `
components:
  edge: { kind: load-balancer, port: 8000, to: service, outliers: { failures: 0 } }
  far: { kind: load-balancer, port: 8001, to: service, transport: http }
  inner: { kind: load-balancer, to: service }
  service: { kind: microservice, ports: [8002, 8003] }
`

test('Operating a running lab', async t => {
  const lab = await startLab(t, SOURCE, { catalogs })
  const load = ClosedLoad.start(t, `${lab.url('edge')}/process`)
  await load.gets(200)
  const stateOf = async (replica: string) => (await replicaOf(lab, replica)).state
  const drain = (target: string) => lab.lab.operate({ action: 'drain', target })
  const undrain = (target: string) => lab.lab.operate({ action: 'undrain', target })
  const received = async (replica: string) => (await replicaOf(lab, replica)).received

  await t.test('a drained replica answers what is under way, and is out of every link and its listener', async () => {
    await lab.lab.operate({ action: 'slow', target: 'service/0', by: { type: 'constant', valueMs: 100 }, forMs: null })
    const agent = new Agent({ keepAlive: true })
    t.after(() => agent.destroy())
    const direct = async () => (await httpCall(`${lab.url('service', 0)}/process`, { agent })).headers.connection
    assert.notEqual(await direct(), 'close')
    const failures = await load.failuresDuring(async () => {
      assert.deepEqual((await drain('service/0')).affected, ['service/0'])
    })
    assert.deepEqual(failures, {})
    assert.equal(await direct(), 'close', 'over a connection that was there')
    assert.equal(await stateOf('service/0'), 'drained')
    assert.ok(lab.lab.events.some(one => one.event === 'replica-drained' && one.subjects[0] === 'service/0'))
    assert.equal(await answers(`${lab.url('service', 0)}/process`), false)
    const before = await received('service/0')
    await load.gets(200)
    for (let call = 0; call < 4; call++) assert.equal(await answers(`${lab.url('far')}/process`), true)
    assert.equal(await received('service/0'), before)
  })

  await t.test('it changes with an edit, and stays drained; callers that change do not call it', async () => {
    const before = await received('service/0')
    const { steps } = await lab.lab.applyPatches(['components.service.latency=60ms', 'components.edge.timeout=3s'])
    assert.ok(steps.change.includes('service/0') && steps.change.includes('edge/0'))
    await load.gets(200)
    assert.deepEqual([await stateOf('service/0'), await received('service/0')], ['drained', before])
  })

  await t.test('undrained it serves again, over links of either transport and by itself', async () => {
    const failures = await load.failuresDuring(async () => {
      await undrain('service/0')
      await drain('service/1')
    })
    assert.deepEqual(failures, {})
    assert.deepEqual([await stateOf('service/0'), await stateOf('service/1')], ['ready', 'drained'])
    await load.gets(200)
    assert.equal(await answers(`${lab.url('far')}/process`), true)
    const beganMs = performance.now()
    assert.equal(await answers(`${lab.url('service', 0)}/process`), true)
    assert.ok(performance.now() - beganMs >= 159, 'its new latency, and what disturbs it')
    await lab.lab.applyPatches(['components.service.latency=0ms'])
  })

  await t.test('a drained component answers nobody; doing it twice changes nothing; a restart ends it', async () => {
    await drain('service')
    await load.gets(503)
    await drain('service')
    await undrain('service')
    await undrain('service')
    await load.gets(200)
    await drain('service/1')
    await lab.lab.operate({ action: 'restart', target: 'service/1' })
    assert.equal(await stateOf('service/1'), 'ready')
  })

  await t.test('an entry that is drained refuses connections until it is undrained', async () => {
    await drain('far')
    assert.equal(await answers(`${lab.url('far')}/process`), false)
    await undrain('far')
    assert.equal(await answers(`${lab.url('far')}/process`), true)
  })

  await t.test(
    'one request goes into a component without a port, also into a drained replica; its hops are told',
    async () => {
      const request = { method: 'GET', path: '/process', query: 'a=1', headers: '\naccept: */*', body: '' }
      const outcome = await lab.lab.inject({ target: 'inner', request })
      assert.deepEqual([outcome.asked, outcome.status, outcome.encoding], ['inner/0', 200, 'utf8'])
      assert.deepEqual(JSON.parse(outcome.body), { message: 'Business logic executed' })
      const [first, second, ...more] = outcome.hops
      assert.equal(first!.replica, 'inner/0')
      assert.match(second!.replica, /^service\/[01]$/)
      assert.equal(second!.replica, outcome.replica)
      assert.ok(first!.durationMs >= second!.durationMs && outcome.durationMs >= first!.durationMs)
      assert.deepEqual(more, [])
      assert.match(outcome.traceparent, /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/)
      await drain('service/1')
      assert.equal((await lab.lab.inject({ target: 'service/1', request })).status, 200)
      assert.equal((await lab.lab.inject({ target: 'service', request })).asked, 'service/0')
      await drain('service/0')
      await assert.rejects(lab.lab.inject({ target: 'service', request }), { code: 'OPERATION_FAILED' })
      await undrain('service')
      const unknown = { code: 'OPERATION_UNKNOWN_TARGET', hint: /did you mean "inner"/ }
      await assert.rejects(lab.lab.inject({ target: 'iner', request }), unknown)
      assert.deepEqual((await lab.lab.status()).components.inner!.statuses, { 200: 1 })
    },
  )

  await t.test('a replica that dies with an injected request in it is a reply', async () => {
    await lab.lab.operate({ action: 'slow', target: 'inner', by: { type: 'constant', valueMs: 20_000 }, forMs: 500 })
    const request = { method: 'GET', path: '/process', query: '', headers: '', body: '' }
    const lost = lab.lab.inject({ target: 'inner', request })
    await eventually(async () => (await received('inner/0')) === 2, 'it is there')
    await lab.lab.operate({ action: 'kill', target: 'inner/0' })
    assert.equal((await lost).status, 502)
  })

  await t.test('the log is kept by component, and can be followed from a line', async () => {
    const page = lab.lab.log(0, 'inner')
    assert.deepEqual(
      page.lines.map(({ event, replica }) => [event, replica]),
      [['replica-died', 'inner/0']],
    )
    assert.deepEqual(lab.lab.log(page.last, 'inner').lines, [])
    assert.throws(() => lab.lab.log(0, 'iner'), { code: 'OPERATION_UNKNOWN_TARGET', hint: /did you mean "inner"/ })
    assert.deepEqual(lab.lab.log(0, 'service/0').lines, [])
  })

  await t.test('no count is lost by any of it', async () => {
    const got = await load.stop()
    assert.deepEqual((await lab.lab.status()).components.edge!.statuses, got)
  })
})
