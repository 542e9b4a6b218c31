import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { callMany, eventually, freePorts, httpCall, postJson } from '@archlab/runtime/whole-lab'
import { Cli, folderWith } from './support/cli.ts'
import { deleteQueues, messagesIn, noRabbitmq, queueName, RABBITMQ_PORT, rabbitmqUrl } from './support/job-broker.ts'
import { type JobLab, jobTopology, startJobLab } from './support/job-lab.ts'
import { TcpProxy } from './support/tcp-proxy.ts'

/* The worker with RabbitMQ, which is there, away, cut off, silent, and back. */

const skip = noRabbitmq

/** A worker whose way to RabbitMQ the test can close. */
async function start(t: TestContext, settings: readonly string[] = [], way: { away?: true; query?: string } = {}) {
  const proxy = await TcpProxy.start(t, RABBITMQ_PORT)
  if (way.away) await proxy.refuse()
  const queue = queueName()
  const all = [
    `queue: ${rabbitmqUrl(proxy.port)}${way.query ?? ''}`,
    `queue-name: ${queue}`,
    'job-time: 10ms',
    ...settings,
  ]
  const lab = await startJobLab(t, all)
  t.after(() => deleteQueues(queue))
  return { lab, proxy, queue, all }
}

const post = (lab: JobLab, task: Record<string, unknown> = { kind: 'witness' }, key?: string) =>
  postJson(`${lab.url('worker')}/task`, task, key === undefined ? {} : { headers: { 'idempotency-key': key } })

async function submit(lab: JobLab, task?: Record<string, unknown>): Promise<string> {
  const reply = await post(lab, task)
  assert.equal(reply.status, 202, reply.text)
  return reply.json.id
}

const stateIs = (lab: JobLab, id: string, state: string) =>
  eventually(async () => (await lab.job(id)).state === state, `the job is ${state}`)
const isConnected = (lab: JobLab, connected: number) =>
  eventually(async () => (await lab.gauges()).connected === connected, `connected is ${connected}`, 20_000)

test('jobs go through quorum queues of their priority and leave nothing behind', { skip }, async t => {
  const { lab, queue } = await start(t, ['concurrency: 1'])
  await isConnected(lab, 1)
  const blocker = await submit(lab, { kind: 'witness', ms: 400 })
  await eventually(() => lab.executions().has(blocker), 'the first one runs')
  const low = await submit(lab, { kind: 'witness' })
  const high = await submit(lab, { kind: 'witness', priority: 9 })
  await stateIs(lab, low, 'done')
  assert.deepEqual([...lab.executions().keys()], [blocker, high, low])
  await eventually(
    async () => Object.values(await messagesIn(queue)).every(count => count === 0),
    'all is acknowledged',
  )
})

test("a dead job lies in the broker's dead-letter queue too", { skip }, async t => {
  const { lab, queue } = await start(t, ['attempts: 2', 'backoff: 10ms'])
  await isConnected(lab, 1)
  const id = await submit(lab, { kind: 'witness', fail: true })
  await stateIs(lab, id, 'dead')
  assert.deepEqual(lab.executions().get(id), [1, 2])
  await eventually(async () => (await messagesIn(queue)).dead === 1, 'its message is there')
})

test('a broker that is away at the start: refused with the cause, ready, and accepted when it is there', {
  skip,
}, async t => {
  const { lab, proxy } = await start(t, [], { away: true })
  const reply = await post(lab)
  assert.equal(reply.status, 503)
  assert.match(String(reply.headers['retry-after']), /^[1-5]$/)
  assert.equal(reply.headers['proxy-status'], 'worker/0; error=destination_unavailable; details="store"')
  assert.equal((await httpCall(`${lab.url('worker')}/task`)).status, 200, 'what is known can be read')
  assert.deepEqual([(await lab.gauges()).connected, (await lab.counters()).submitted], [0, 0])
  await proxy.resume()
  await isConnected(lab, 1)
  await stateIs(lab, await submit(lab), 'done')
  assert.equal((await lab.counters()).reconnects, 1)
})

test('connections that are cut again and again lose no job', { skip }, async t => {
  const { lab, proxy } = await start(t, ['concurrency: 4', 'backoff: 10ms'])
  await isConnected(lab, 1)
  const ids: string[] = []
  for (let round = 0; round < 5; round++) {
    for (let at = 0; at < 20; at++) {
      const reply = await post(lab, { kind: 'witness', ms: 5 })
      if (reply.status === 202) ids.push(reply.json.id)
      else assert.ok(reply.status === 503 || reply.status === 504, String(reply.status))
      if (at === 10) proxy.cut()
    }
    await isConnected(lab, 1)
  }
  assert.ok(ids.length >= 50, `${ids.length} were accepted`)
  await eventually(
    async () => (await Promise.all(ids.map(id => lab.job(id)))).every(job => job.state === 'done'),
    'every accepted job is done',
    30_000,
  )
  for (const id of ids) assert.ok(lab.executions().has(id))
})

test('a broker that falls silent is given up after the time limit, and a key finds out what became of the task', {
  skip,
}, async t => {
  const { lab, proxy } = await start(t, [], { query: '?heartbeat=1' })
  await isConnected(lab, 1)
  const done = await submit(lab)
  await stateIs(lab, done, 'done')
  proxy.stall()
  const silent = await post(lab, { kind: 'witness' }, '"once"')
  assert.equal(silent.status, 504)
  assert.equal(silent.headers['proxy-status'], 'worker/0; error=connection_read_timeout; details="store"')
  assert.match(silent.json.detail, /same Idempotency-Key/)
  assert.equal((await lab.job(done)).state, 'done', 'what is known can be read')
  // The heartbeat finds it dead, and the lab says so.
  await isConnected(lab, 0)
  await proxy.resume()
  await isConnected(lab, 1)
  let location: string | undefined
  await eventually(async () => {
    const reply = await post(lab, { kind: 'witness' }, '"once"')
    location = reply.headers.location
    return reply.status === 202
  }, 'the task is accepted')
  const id = location!.slice('/task/'.length)
  await stateIs(lab, id, 'done')
  assert.deepEqual(lab.executions().get(id), [1], 'it ran once')
})

test('what clients see, phase by phase: 202 while the broker is there, the cause while it is not', {
  skip,
}, async t => {
  const { lab, proxy } = await start(t, ['queue-limit: 10000'], { query: '?heartbeat=1' })
  const ids: string[] = []
  const ask = async (phase: string, expected: Record<string, number> | null) => {
    const causes: Record<string, number> = {}
    const statuses = await callMany(100, 8, async (_index, agent) => {
      const reply = await postJson(`${lab.url('worker')}/task`, { kind: 'sleep', duration: '1ms' }, { agent })
      if (reply.status === 202) ids.push(reply.json.id)
      const cause = /error=(\w+)/.exec(String(reply.headers['proxy-status']))?.[1]
      if (cause) causes[cause] = (causes[cause] ?? 0) + 1
      return reply
    })
    t.diagnostic(`${phase}: ${JSON.stringify(statuses)} ${JSON.stringify(causes)}`)
    if (expected) assert.deepEqual(statuses, expected, phase)
    return causes
  }
  await isConnected(lab, 1)
  await ask('there', { 202: 100 })
  await proxy.refuse()
  await isConnected(lab, 0)
  assert.deepEqual(await ask('gone', { 503: 100 }), { destination_unavailable: 100 })
  await proxy.resume()
  await isConnected(lab, 1)
  await ask('there again', { 202: 100 })
  proxy.stall()
  // Until the heartbeat has found it dead, and none of them waits longer than its time.
  const silent = await ask('silent', null)
  const { connection_read_timeout = 0, connection_terminated = 0, destination_unavailable = 0 } = silent
  assert.ok(connection_read_timeout > 0)
  assert.equal(connection_read_timeout + connection_terminated + destination_unavailable, 100)
  await isConnected(lab, 0)
  await proxy.resume()
  await isConnected(lab, 1)
  await ask('back', { 202: 100 })
  await eventually(async () => {
    const { queued, running, done } = (await httpCall(`${lab.url('worker')}/task`)).json
    return queued + running === 0 && done >= ids.length
  }, 'every accepted job is done')
  assert.equal(ids.length, 300)
})

test('a queue that somebody deletes while the lab runs is made again', { skip }, async t => {
  const { lab, queue } = await start(t)
  await isConnected(lab, 1)
  await deleteQueues(queue)
  let id: string | undefined
  await eventually(async () => {
    const reply = await post(lab)
    id = reply.status === 202 ? reply.json.id : undefined
    return id !== undefined
  }, 'a task is accepted again')
  await stateIs(lab, id!, 'done')
})

test('the password of the broker is in no log, status, topology, metric or reply', async t => {
  const files = jobTopology([`queue: amqp://user:hunter2@127.0.0.1:1/vhost`])
  const [port] = await freePorts(1)
  const args = ['up', '--json', '--control-port', '0', '--set', `components.worker.port=${port}`]
  const cli = Cli.start(t, args, { cwd: folderWith(t, files) })
  const { controlUrl } = await cli.ready()
  const worker = `http://127.0.0.1:${port}/task`
  const refused = await postJson(worker, {})
  assert.equal(refused.status, 503)
  await eventually(() => cli.stderr.includes('store-unreachable'), 'it is logged')
  const urls = [worker, `${worker}/x`, ...['/status', '/topology', '/metrics'].map(path => controlUrl + path)]
  const replies = [refused, ...(await Promise.all(urls.map(url => httpCall(url))))]
  assert.deepEqual(
    replies.map(reply => reply.status),
    [503, 200, 404, 200, 200, 200],
  )
  for (const reply of replies) assert.doesNotMatch(reply.text + reply.rawHeaders.join(), /hunter2/)
  cli.signal('SIGINT')
  assert.equal(await cli.exit(), 0)
  assert.doesNotMatch(cli.stdout + cli.stderr, /hunter2/)
})
