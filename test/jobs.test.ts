import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { eventually, httpCall, postJson, startLab } from '@archlab/runtime/whole-lab'
import { folderWith } from './support/cli.ts'
import { type JobLab, jobTopology, startJobLab } from './support/job-lab.ts'
import { catalogs } from './support/lab5.ts'
import { ROOT, shell } from './support/shell.ts'

const submit = async (lab: JobLab, task: Record<string, unknown>, headers: Record<string, string> = {}) => {
  const reply = await postJson(`${lab.url('worker')}/task`, task, { headers })
  assert.equal(reply.status, 202, reply.text)
  return String(reply.json.id)
}
const stateIs = (lab: JobLab, id: string, state: string) =>
  eventually(async () => (await lab.job(id)).state === state, `the job is ${state}`)

test('a module of the user runs in the pool, tells its progress, and its result is found at the job', async t => {
  const lab = await startJobLab(t, [])
  const id = await submit(lab, { kind: 'witness', ms: 1500 })
  await eventually(async () => (await lab.job(id)).progress === 0.5, 'the progress is told')
  await stateIs(lab, id, 'done')
  const { result, attempts, task, kind } = await lab.job(id)
  assert.deepEqual([result, attempts, task, kind], [{ attempt: 1 }, 1, { kind: 'witness', ms: 1500 }, 'witness'])
})

test('a poison job runs as often as allowed, no more, and lies on the dead-letter list with its cause', async t => {
  const lab = await startJobLab(t, ['attempts: 3', 'backoff: 20ms', 'job-timeout: 1500ms', 'job-time: 10ms'])
  const poison: [task: Record<string, unknown>, cause: string, error: RegExp][] = [
    [{ fail: true }, 'error', /^Error: told to fail$/],
    [{ exit: true }, 'thread-lost', /exit code 3/],
    [{ hang: true }, 'timeout', /longer than 1.5 s/],
  ]
  const ids: string[] = []
  for (const [task] of poison) ids.push(await submit(lab, { kind: 'witness', ...task }))
  for (const id of ids) await stateIs(lab, id, 'dead')
  for (const [at, [, cause, error]] of poison.entries()) {
    const id = ids[at]!
    const job = await lab.job(id)
    assert.deepEqual([job.attempts, job.cause], [3, cause])
    assert.match(job.error, error)
    assert.deepEqual(lab.executions().get(id), [1, 2, 3])
  }
  const { json } = await httpCall(`${lab.url('worker')}/task?state=dead&kind=witness`)
  assert.deepEqual(
    json.recent.map((job: any) => [job.id, job.cause]).reverse(),
    ids.map((id, at) => [id, poison[at]![1]]),
  )
  // The worker is as good as new.
  await stateIs(lab, await submit(lab, {}), 'done')
  const { dead, retried, timed_out, done } = await lab.counters()
  assert.deepEqual({ dead, retried, timed_out, done }, { dead: 3, retried: 6, timed_out: 3, done: 1 })
  assert.equal((await lab.gauges()).dead_letters, 3)
})

test('jobs outlive the lab: the next start goes on with them, under the same addresses and keys', async t => {
  const settings = ['concurrency: 1', 'pool-threads: 1']
  const lab = await startJobLab(t, settings)
  const headers = { 'idempotency-key': '"once"' }
  const ids = [await submit(lab, { kind: 'witness', ms: 60_000 }), await submit(lab, { kind: 'witness' }, headers)]
  await eventually(() => lab.executions().has(ids[0]!), 'the first one runs')
  await lab.close()
  const next = await startJobLab(t, settings, { from: lab })
  assert.equal(await submit(next, { kind: 'witness' }, headers), ids[1], 'the key is known')
  // What was cut off is tried again first, for it is older; without it the other one gets its turn.
  await eventually(() => next.executions().get(ids[0]!)?.length === 2, 'the first one runs again')
  assert.deepEqual(next.executions().get(ids[0]!), [1, 1], 'the attempt that the end of the lab cut off does not count')
  assert.equal((await httpCall(`${next.url('worker')}/task/${ids[0]}`, { method: 'DELETE' })).status, 200)
  await stateIs(next, ids[1]!, 'done')
})

test("the file of the jobs lies in the folder of the topology's state, and nothing else is left behind", async t => {
  const lab = await startJobLab(t, [])
  await submit(lab, { kind: 'witness' })
  assert.ok(existsSync(join(lab.stateFolder, 'worker.sqlite')))
  await lab.close()
  assert.deepEqual(readdirSync(lab.stateFolder), ['worker.sqlite'])
})

test('a second lab does not take the jobs of the first one', async t => {
  const lab = await startJobLab(t, [])
  await assert.rejects(startJobLab(t, [], { from: lab }), (error: any) => {
    assert.match(`${error.message} ${error.hint}`, /belongs to another lab that runs \(process \d+\)/)
    return true
  })
  const id = await submit(lab, { kind: 'witness' })
  await stateIs(lab, id, 'done')
})

test('a replica that dies is replaced, and its jobs are tried again', async t => {
  const lab = await startJobLab(t, ['backoff: 10ms'])
  const id = await submit(lab, { kind: 'witness', ms: 3000 })
  await eventually(() => lab.executions().has(id), 'the job runs')
  process.kill(lab.lab.hostPids[0]!, 'SIGKILL')
  await eventually(async () => {
    const reply = await httpCall(`${lab.url('worker')}/task/${id}`).catch(() => undefined)
    return reply?.status === 200 && reply.json.state === 'done'
  }, 'the job is done after all')
  assert.deepEqual(lab.executions().get(id), [1, 2])
  assert.equal((await lab.counters()).redelivered, 1)
})

test('a topology with a module that is missing, or a queue that is none, says so and where', async t => {
  const files = jobTopology(['queue: redis://user:hunter2@127.0.0.1'])
  delete files['witness.ts']
  const folder = folderWith(t, files)
  await assert.rejects(startLab(t, { file: join(folder, 'topology.yaml') }, { catalogs }), (error: Error) => {
    assert.match(
      error.message,
      /topology\.yaml:6:\d+ +TOPOLOGY_SETTING_REFUSED .*the module \.\/witness\.ts cannot be read/,
    )
    assert.match(error.message, /queue is memory, sqlite or a URL/)
    assert.doesNotMatch(error.message, /hunter2/)
    return true
  })
})

test('the examples of docs/jobs.md do what it says', async t => {
  const text = readFileSync(`${ROOT}docs/jobs.md`, 'utf8')
  const blocks = (language: string): string[] =>
    [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'))].map(match => match[1]!)
  const [first, withModule] = blocks('yaml')
  const [module] = blocks('ts')
  const folder = folderWith(t, {
    'a.yaml': topologyOf(first!),
    'b.yaml': topologyOf(withModule!),
    'report.ts': module!,
  })

  const lab = await startLab(t, { file: join(folder, 'a.yaml') }, { catalogs })
  const lines = text.split('\n').filter(line => line.startsWith('    curl '))
  assert.equal(lines.length, 2)
  const script = lines.join('; echo; ').replaceAll('http://127.0.0.1:5005', lab.url('worker'))
  const { stdout, code } = await shell(script)
  assert.equal(code, 0)
  assert.match(stdout, /^HTTP\/1\.1 202 Accepted[\s\S]*\{"status":"Started","id":"[0-9a-f-]{36}"\}/)
  assert.match(stdout, /"dead":0,"cancelled":0,"recent":\[\]\}$/)

  const other = await startLab(t, { file: join(folder, 'b.yaml') }, { catalogs, set: ['components.worker.port=5005'] })
  const { id } = (await postJson(`${other.url('worker')}/task`, { kind: 'report' })).json
  let job: any
  await eventually(async () => {
    job = (await httpCall(`${other.url('worker')}/task/${id}`)).json
    return job.state === 'done'
  }, 'the report is done')
  assert.deepEqual(job.result, { pages: 12 })
})

const topologyOf = (component: string): string => `name: docs\ncomponents:\n  ${component.trim()}\n`
