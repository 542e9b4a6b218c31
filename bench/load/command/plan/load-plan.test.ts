import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { Topology, WorkloadSpec } from '@archlab/runtime/topology'
import { option, request, workload } from '../test-figures.ts'
import { planLoad } from './load-plan.ts'
import type { LoadOptions } from './options.ts'
import { NO_OPTIONS } from './options.ts'

const CLOSED = {
  type: 'closed',
  users: 4,
  think: { type: 'exponential', meanMs: 100 },
  spawnPerSecond: 2,
  iterations: 25,
} as const

/** A topology with these workloads; its entry is at port 8000 of every address. */
function topology(...workloads: WorkloadSpec[]): Topology {
  return {
    name: 'lab',
    file: '/nowhere/topology.yaml',
    seed: 7,
    threads: 'per-replica',
    components: { edge: { name: 'edge', listen: { host: '0.0.0.0', ports: [8000], shared: true } } },
    workloads: Object.fromEntries(workloads.map(one => [one.name, one])),
    scenarios: {},
    experiments: {},
    secrets: ['/workloads/browse/login/json/password'].filter(() => workloads[0]?.login),
  } as unknown as Topology
}

function planned(options: Partial<LoadOptions>, of: Topology | null = topology(workload())) {
  const { plan, problems } = planLoad({ ...NO_OPTIONS, ...options }, of)
  assert.deepEqual(problems, [])
  return plan!
}

/** Options that are wrong, and the names of those that are marked. */
function refused(options: Partial<LoadOptions>, of: Topology | null = topology(workload())): string[] {
  const { plan, problems } = planLoad({ ...NO_OPTIONS, ...options }, of)
  assert.equal(plan, null)
  assert.ok(problems.length > 0)
  return problems.map(({ where, message }) => where?.file ?? message)
}

test('the only workload is taken; of several one has to be named, and a wrong name lists them', () => {
  const { job, url, entry } = planned({})
  assert.deepEqual(job.workload, workload())
  assert.deepEqual(job.origin, { host: '127.0.0.1', port: 8000, tls: false, insecure: false })
  assert.deepEqual([url, entry, job.seed], ['http://127.0.0.1:8000', 'edge', 7])
  const two = topology(workload(), workload({ name: 'buy' }))
  assert.equal(planned({ workload: 'buy' }, two).shown.name, 'buy')
  assert.match(refused({}, two)[0]!, /browse, buy/)
  assert.match(refused({ workload: 'by' }, two)[0]!, /no workload is called "by"/)
  assert.match(refused({ workload: 'constructor' }, two)[0]!, /no workload/)
  assert.match(refused({}, topology())[0]!, /has no workload/)
})

test('a rate makes an open loop of any workload, at random unless it is to be constant', () => {
  const of = topology(workload({ arrivals: CLOSED, durationMs: 5000 }))
  const { workload: open } = planned({ rate: option('rate', '120/m') }, of).job
  assert.deepEqual(open.arrivals, { type: 'poisson', perSecond: 2 })
  assert.deepEqual(open.overload, { inFlightMax: 1000, policy: 'queue' })
  const even = planned({ rate: option('rate', '100'), constant: true, connections: option('connections', '5') }, of)
  assert.deepEqual(even.job.workload.arrivals, { type: 'constant', perSecond: 100 })
  assert.equal(even.job.workload.overload.inFlightMax, 5)
  assert.equal(planned({ constant: true }).job.workload.arrivals.type, 'constant')
})

test('connections make a closed loop, and change only the users of one that there is', () => {
  const { arrivals, overload } = planned({ connections: option('connections', '32') }).job.workload
  assert.deepEqual(arrivals, {
    ...CLOSED,
    users: 32,
    think: { type: 'constant', valueMs: 0 },
    spawnPerSecond: null,
    iterations: null,
  })
  assert.equal(overload.inFlightMax, 32)
  const changed = planned({ connections: option('users', '9') }, topology(workload({ arrivals: CLOSED })))
  assert.deepEqual(changed.job.workload.arrivals, { ...CLOSED, users: 9 })
})

test('durations replace those of the workload, which still have to fit together', () => {
  const of = topology(workload({ warmupMs: 5000 }))
  const short = planned(
    { duration: option('duration', '2'), warmup: option('warmup', '0s'), timeout: option('timeout', '1s') },
    of,
  )
  const { durationMs, warmupMs, timeoutMs } = short.job.workload
  assert.deepEqual([durationMs, warmupMs, timeoutMs], [2000, 0, 1000])
  assert.equal(refused({ duration: option('duration', '2s') }, of).length, 1)
  const stages = { type: 'stages', process: 'poisson', stages: [{ from: 1, to: 9, durationMs: 3000 }] } as const
  const staged = topology(workload({ arrivals: stages, durationMs: 3000 }))
  assert.deepEqual(refused({ duration: option('duration', '4s') }, staged), ['--duration'])
})

test('a number of requests: one kind is counted, of several the seed says in which order they come', () => {
  const single = planned(
    { requests: option('requests', '12') },
    topology(workload({ requests: [request('GET', '/')], warmupMs: 2000 })),
  )
  assert.deepEqual([single.job.workload.requests[0]!.count, single.job.order], [12, undefined])
  assert.deepEqual([single.job.workload.durationMs, single.job.workload.warmupMs], [null, 0])
  const [mixed, same, other] = [1, 1, 2].map(seed => planned({ requests: option('requests', '200'), seed }).job.order!)
  assert.equal(mixed!.length, 200)
  assert.deepEqual(mixed, same)
  assert.notDeepEqual(mixed, other)
  const posts = mixed!.filter(place => place === 1).length
  assert.ok(posts > 0 && posts < 60, `${posts} of 200 by a weight of one in ten`)
})

test('header fields are added to every request, or take the place of the same field', () => {
  const of = topology(workload({ requests: [request('GET', '/', { headers: { 'X-Mine': 'old', Keep: '1' } })] }))
  const { requests } = planned({ headers: [option('header', 'x-mine: new'), option('header', 'A: b:c')] }, of).job
    .workload
  assert.deepEqual(requests[0]!.headers, { Keep: '1', 'x-mine': 'new', A: 'b:c' })
})

test('secrets do not stand in what is shown, neither those of the file nor those of header fields', () => {
  const login = {
    request: { method: 'POST', path: '/login' },
    json: { password: 'secret one' },
    headers: {},
    token: 't',
    per: 'run',
  } as const
  const { job, shown } = planned({ headers: [option('header', 'Cookie: secret two')] }, topology(workload({ login })))
  assert.match(JSON.stringify(job.workload), /secret one.*secret two/)
  assert.doesNotMatch(JSON.stringify(shown), /secret/)
})

test('an address replaces the lab, and is the base of the paths', () => {
  const { job, entry, shown } = planned({
    workload: 'browse',
    url: option('url', 'https://[::1]:8443/base/'),
    insecure: true,
  })
  assert.deepEqual(job.origin, { host: '::1', port: 8443, tls: true, insecure: true })
  assert.deepEqual([job.basePath, entry], ['/base', null])
  assert.deepEqual(shown.target, { url: 'https://[::1]:8443/base' })
  assert.deepEqual(refused({ url: option('url', 'http://a/?q=1') }), ['--url'])
})

test('an address alone is one request, by 10 users for 10 s unless options say otherwise', () => {
  const plain = planned({ url: option('url', '127.0.0.1:3000/x?y=1') }, null)
  const { arrivals, durationMs, requests } = plain.job.workload
  assert.deepEqual([arrivals.type, arrivals.type === 'closed' && arrivals.users, durationMs], ['closed', 10, 10_000])
  assert.deepEqual(requests[0]!.request, { method: 'GET', path: '/x?y=1' })
  assert.deepEqual([plain.shown.name, plain.job.seed], ['127.0.0.1:3000', 1])
  const body = planned({ url: option('url', 'http://a'), data: option('data', '{"n": 12345678901234567890}') }, null)
  const [post] = body.job.workload.requests
  assert.deepEqual(post!.request, { method: 'POST', path: '/' })
  assert.equal(post!.text, '{"n": 12345678901234567890}')
  assert.deepEqual(post!.headers, { 'content-type': 'application/json' })
  const put = { url: option('url', 'http://a'), data: option('data', 'x'), method: option('method', 'PUT') }
  const headers = [option('header', 'Content-Type: text/csv')]
  assert.deepEqual(planned({ ...put, headers }, null).job.workload.requests[0]!.headers, { 'Content-Type': 'text/csv' })
})

const url = option('url', 'http://127.0.0.1:3000/')
const WRONG: readonly (readonly [string, Partial<LoadOptions>, Topology | null, readonly RegExp[]])[] = [
  [
    'a duration and a number',
    { duration: option('duration', '1s'), requests: option('requests', '3') },
    null,
    [/--requests/],
  ],
  ['a rate and a trace', { rate: option('rate', '1/s'), trace: option('trace', 'x') }, null, [/--rate/]],
  ['constant without a rate', { constant: true }, null, [/--constant/]],
  [
    'wrong texts, all at once',
    { rate: option('rate', 'x'), duration: option('duration', '1y'), connections: option('connections', '0') },
    null,
    [/--rate/, /--duration/],
  ],
  [
    'a threshold, also beside another mistake',
    { thresholds: [option('threshold', 'p9 < 1ms')], rate: option('rate', '-1') },
    null,
    [/--rate/, /--threshold/],
  ],
  ['a method for a workload', { method: option('method', 'PUT') }, topology(workload()), [/--method/]],
  ['a body for a workload', { data: option('data', 'x') }, topology(workload()), [/--data/]],
  ['constant for users', { constant: true, connections: option('users', '3') }, topology(workload()), [/--constant/]],
  [
    'a number beside counts',
    { requests: option('requests', '3') },
    topology(workload({ requests: [request('GET', '/', { count: 5 })] })),
    [/--requests/],
  ],
  [
    'a number of a mix beyond bounds',
    { requests: option('requests', '99999999') },
    topology(workload()),
    [/--requests/],
  ],
  [
    'a number beside a ramp',
    { requests: option('requests', '3') },
    topology(workload({ arrivals: { type: 'ramp', process: 'poisson', from: 1, to: 2 } })),
    [/--requests/],
  ],
  [
    'users of a workload that then never ends',
    { connections: option('users', '3') },
    topology(workload({ durationMs: null, arrivals: { type: 'trace', file: 'x', process: 'poisson' } })),
    [/never end/],
  ],
  ['a reserved header field', { headers: [option('header', 'Content-Length: 1')] }, topology(workload()), [/--header/]],
]

for (const [what, options, of, marks] of WRONG) {
  test(`${what} is refused`, () => {
    const found = refused(of ? options : { url, ...options }, of)
    for (const mark of marks)
      assert.ok(
        found.some(name => mark.test(name)),
        `${mark} in ${found}`,
      )
  })
}

test('a login goes with its own token and, when each user has one, with users', () => {
  const login = {
    request: { method: 'POST', path: '/login' },
    json: { password: 'x' },
    headers: {},
    token: 't',
    per: 'user',
  } as const
  const of = topology(workload({ login, arrivals: CLOSED }))
  assert.deepEqual(refused({ headers: [option('header', 'Authorization: x')] }, of), ['--header'])
  assert.deepEqual(refused({ rate: option('rate', '1/s') }, of), ['--rate'])
})

function file(t: TestContext, text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'archlab-plan-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  writeFileSync(join(folder, 'trace.csv'), text)
  return join(folder, 'trace.csv')
}

test('a trace replaces the arrivals; a plan says also which request comes', t => {
  const rates = planned({ url, trace: option('trace', file(t, 'time_s,rate\n0,10\n2,0\n')) }, null).job
  assert.deepEqual([rates.trace?.type, rates.order, rates.workload.durationMs], ['rates', undefined, null])
  const text = 'time_ms,request\n1.5,"POST /longtask"\n2,GET /data\n'
  const { trace, order } = planned({ trace: option('trace', file(t, text)) }).job
  assert.deepEqual([trace, order], [{ type: 'times', timesMs: [1.5, 2] }, Uint32Array.of(1, 0)])
  const one = planned({ trace: option('trace', file(t, text)), requests: option('requests', '1') }).job
  assert.deepEqual(one.order, Uint32Array.of(1))
})

test('a trace that cannot be read is told with its line', t => {
  const options = { ...NO_OPTIONS, url, trace: option('trace', file(t, 'time_s\n2\n1\n')) }
  const [problem] = planLoad(options, null).problems
  assert.deepEqual([problem!.where?.file, problem!.where?.line], [options.trace.text, 3])
  assert.match(refused({ url, trace: option('trace', '/nowhere/at/all.csv') }, null)[0]!, /cannot read \/nowhere/)
})
