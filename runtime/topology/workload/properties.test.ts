import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { stringify } from 'yaml'
import type { Distribution } from '../../kit/index.ts'
import { loadText } from '../fixtures/load-text.ts'
import type { ArrivalSpec, RequestSpec, WorkloadSpec } from '../workload-spec.ts'
import { parseRequestLine } from './request-line.ts'

const ms = fc.integer({ min: 1, max: 60_000 })
const perSecond = fc.integer({ min: 1, max: 1_000_000 }).map(hundredths => hundredths / 100)
const process = fc.constantFrom('poisson' as const, 'constant' as const)
const word = fc.stringMatching(/^[a-z][a-z0-9_-]{0,8}$/)

const distribution: fc.Arbitrary<Distribution> = fc.oneof(
  ms.map(valueMs => ({ type: 'constant' as const, valueMs })),
  ms.map(meanMs => ({ type: 'exponential' as const, meanMs })),
  fc.tuple(ms, ms).map(([minMs, more]) => ({ type: 'uniform' as const, minMs, maxMs: minMs + more })),
  fc.record({ type: fc.constant('erlang' as const), k: fc.integer({ min: 1, max: 9 }), meanMs: ms }),
  fc.record({ type: fc.constant('lognormal' as const), meanMs: ms, cv: fc.integer({ min: 1, max: 50 }) }),
  fc.record({ type: fc.constant('hyperexponential' as const), meanMs: ms, cv: fc.integer({ min: 1, max: 50 }) }),
)

const arrivals: fc.Arbitrary<ArrivalSpec> = fc.oneof(
  fc.record({ type: fc.constantFrom('constant' as const, 'poisson' as const), perSecond }),
  fc.record({ type: fc.constant('ramp' as const), process, from: perSecond, to: perSecond }),
  fc.record({
    type: fc.constant('stages' as const),
    process,
    stages: fc.array(fc.record({ from: perSecond, to: perSecond, durationMs: ms }), { minLength: 1, maxLength: 4 }),
  }),
  fc.record({
    type: fc.constant('bursts' as const),
    process,
    onPerSecond: perSecond,
    offPerSecond: fc.oneof(fc.constant(0), perSecond),
    on: distribution,
    off: distribution,
  }),
  fc.record({ type: fc.constant('trace' as const), file: fc.constant('lab.yaml'), process }),
  fc.record({
    type: fc.constant('closed' as const),
    users: fc.integer({ min: 1, max: 50_000 }),
    think: distribution,
    spawnPerSecond: fc.constant(null),
    iterations: fc.option(fc.integer({ min: 1, max: 1000 })),
  }),
)

/** JSON that YAML can say: no variables, and none of the keys that the loader refuses or reads as a merge. */
const json = fc
  .jsonValue()
  .map(value => JSON.parse(JSON.stringify(value)) as unknown)
  .filter(value => value !== null && !/\$\{|"(__proto__|<<)":/.test(JSON.stringify(value)))

const fieldValue = fc.stringMatching(/^[!-~]([ -~]{0,20}[!-~])?$/).filter(text => !text.includes('${'))
const headers = fc
  .uniqueArray(fc.tuple(word, fieldValue), { maxLength: 3, selector: ([name]) => name.toLowerCase() })
  .map(fields => Object.fromEntries(fields.map(([name, value]) => [`X-${name}`, value])))

const keys = fc
  .uniqueArray(word, { maxLength: 3 })
  .chain(names =>
    fc.tuple(
      ...names.map(name =>
        fc.record({
          name: fc.constant(name),
          count: fc.integer({ min: 1, max: 10_000_000 }),
          zipf: fc.integer({ min: 0, max: 500 }).map(hundredths => hundredths / 100),
        }),
      ),
    ),
  )
  .map(list => Object.fromEntries(list.map(({ name, count, zipf }) => [name, { count, zipf }])))

const request = (name: string, counted: boolean): fc.Arbitrary<RequestSpec> =>
  fc
    .record({
      method: fc.constantFrom('GET', 'POST', 'DELETE', 'M-SEARCH'),
      path: fc.stringMatching(/^[A-Za-z0-9._~!$&'()*+,;=:@/-]{0,20}(\?[a-z=&]{0,9})?$/),
      weight: fc.integer({ min: 1, max: 1_000_000 }).map(thousandths => thousandths / 1000),
      count: fc.integer({ min: 1, max: 1000 }),
      headers,
      body: fc.oneof(fc.constant({}), fc.record({ json }), fc.record({ bodyBytes: fc.integer({ min: 1, max: 9999 }) })),
      keys,
    })
    .map(({ method, path, weight, count, headers, body, keys }) => ({
      name,
      request: {
        method,
        path: `/${path}${Object.keys(keys)
          .map(key => `/{${key}}`)
          .join('')}`,
      },
      weight: counted ? 1 : weight,
      count: counted ? count : null,
      headers,
      json: null,
      bodyBytes: 0,
      ...(method === 'GET' ? {} : body),
      keys,
    }))

const login = fc.record({
  request: fc.constant({ method: 'POST', path: '/login' }),
  json: fc.oneof(fc.constant(null), json),
  headers,
  token: fc.constantFrom('token', 'data.token'),
})

const workload: fc.Arbitrary<WorkloadSpec> = fc
  .record({ arrivals, counted: fc.boolean(), entry: fc.boolean(), size: fc.integer({ min: 1, max: 3 }) })
  .chain(({ arrivals, counted, entry, size }) => {
    const closed = arrivals.type === 'closed'
    // Counts with an open loop that has an end of its own are subject to a rule about the number of arrivals.
    const counts = counted && (closed || arrivals.type === 'bursts' || arrivals.type === 'trace')
    const stagesMs = arrivals.type === 'stages' ? arrivals.stages.reduce((sum, one) => sum + one.durationMs, 0) : null
    return fc.record({
      name: fc.constant('browse'),
      target: fc.constant(entry ? { entry: 'edge' } : { url: 'http://127.0.0.1:8000/base' }),
      arrivals: fc.constant(closed && counts ? { ...arrivals, iterations: null } : arrivals),
      durationMs: stagesMs === null ? (counts ? fc.option(ms) : ms) : fc.constant(stagesMs),
      warmupMs: fc.constant(0),
      login: fc.option(
        login.chain(one =>
          fc
            .constantFrom(...(closed ? ['run' as const, 'user' as const] : ['run' as const]))
            .map(per => ({ ...one, per })),
        ),
      ),
      requests: fc.tuple(...Array.from({ length: size }, (_, index) => request(`request ${index}`, counts))),
      timeoutMs: ms,
      overload: closed
        ? fc.constant({ inFlightMax: arrivals.users, policy: 'queue' as const })
        : fc.record({ inFlightMax: fc.integer({ min: 1, max: 50_000 }), policy: fc.constantFrom('queue', 'drop') }),
    })
  })

test('any workload written as YAML is read as it was', async () => {
  await fc.assert(
    fc.asyncProperty(workload, async made => {
      const spec: WorkloadSpec = JSON.parse(JSON.stringify(made))
      const components = { edge: { kind: 'store', port: 5001 } }
      const text = stringify({ components, workloads: { [spec.name]: written(spec) } })
      const { topology, problems } = await loadText(text)
      assert.deepEqual(problems, [], text)
      assert.deepEqual(topology!.workloads[spec.name], spec)
    }),
    { numRuns: 100 },
  )
})

const span = (value: number): string => `${value}ms`
const rate = (value: number): string => `${value}/s`

/** A workload in the words of the file. */
function written(spec: WorkloadSpec): object {
  const { arrivals, durationMs, timeoutMs, overload, login, requests } = spec
  return {
    ...spec.target,
    arrivals: writtenArrivals(arrivals),
    ...(durationMs === null ? {} : { duration: span(durationMs) }),
    timeout: span(timeoutMs),
    ...(arrivals.type === 'closed' ? {} : { overload: { 'in-flight': overload.inFlightMax, policy: overload.policy } }),
    ...(login && {
      login: {
        request: `${login.request.method} ${login.request.path}`,
        ...(login.json === null ? {} : { json: login.json }),
        headers: login.headers,
        token: login.token,
        per: login.per,
      },
    }),
    requests: requests.map(one => ({
      name: one.name,
      request: `${one.request.method} ${one.request.path}`,
      ...(one.count === null ? { weight: one.weight } : { count: one.count }),
      headers: one.headers,
      ...(one.json === null ? {} : { json: one.json }),
      ...(one.bodyBytes === 0 ? {} : { size: `${one.bodyBytes}b` }),
      ...(Object.keys(one.keys).length === 0 ? {} : { keys: one.keys }),
    })),
  }
}

function writtenArrivals(spec: ArrivalSpec): object {
  switch (spec.type) {
    case 'constant':
    case 'poisson':
      return { [spec.type]: rate(spec.perSecond) }
    case 'ramp':
      return { ramp: { from: rate(spec.from), to: rate(spec.to), process: spec.process } }
    case 'stages': {
      const steps = spec.stages.map(({ from, to, durationMs }, index) => ({
        ...(from === to ? { rate: rate(from) } : { to: rate(to) }),
        ...(from === to || spec.stages[index - 1]?.to === from ? {} : { from: rate(from) }),
        for: span(durationMs),
      }))
      return { stages: spec.process === 'poisson' ? steps : { steps, process: spec.process } }
    }
    case 'bursts':
      return {
        bursts: {
          rate: rate(spec.onPerSecond),
          for: writtenDistribution(spec.on),
          pause: writtenDistribution(spec.off),
          'pause-rate': rate(spec.offPerSecond),
          process: spec.process,
        },
      }
    case 'trace':
      return { trace: spec.process === 'poisson' ? spec.file : { file: spec.file, process: spec.process } }
    case 'closed': {
      const { users, think, iterations } = spec
      return { closed: { users, think: writtenDistribution(think), ...(iterations === null ? {} : { iterations }) } }
    }
  }
}

function writtenDistribution(one: Distribution): unknown {
  switch (one.type) {
    case 'constant':
      return span(one.valueMs)
    case 'exponential':
      return { exponential: span(one.meanMs) }
    case 'uniform':
      return { uniform: [span(one.minMs), span(one.maxMs)] }
    case 'erlang':
      return { erlang: { k: one.k, mean: span(one.meanMs) } }
    default:
      return { [one.type]: { mean: span(one.meanMs), cv: one.cv } }
  }
}

const anything = fc.anything({ maxDepth: 3, values: [fc.string(), fc.integer(), fc.boolean(), fc.constant(null)] })

test('no workload whatever makes the loader throw', async () => {
  const names = ['entry', 'url', 'arrivals', 'duration', 'warmup', 'overload', 'login', 'requests'] as const
  const odd = fc.record(Object.fromEntries(names.map(name => [name, anything])), { requiredKeys: [] })
  const forms = fc.record(
    Object.fromEntries(['ramp', 'stages', 'bursts', 'trace', 'closed', 'poisson'].map(name => [name, anything])),
    { requiredKeys: [] },
  )
  const requests = fc.array(
    fc.record({ request: fc.string(), keys: anything, headers: anything, json: anything, size: anything }),
  )
  const workload = fc.oneof(odd, fc.record({ arrivals: forms, requests }))
  await fc.assert(
    fc.asyncProperty(workload, async one => {
      const components = { edge: { kind: 'store', port: 5001 } }
      const text = JSON.stringify({ components, workloads: { one } })
      const { topology, problems } = await loadText(text)
      assert.equal(
        topology === null,
        problems.some(({ severity }) => severity === 'error'),
      )
    }),
    { numRuns: 100 },
  )
})

test('what is taken as a request line or header field can end no line of the message', async () => {
  const text = fc.string({
    unit: fc.constantFrom('a', '/', ' ', '\r', '\n', '\t', '%', '2', '{', '}', ':', 'ä', '\0', '#', '?'),
  })
  await fc.assert(
    fc.asyncProperty(text, text, text, async (path, name, value) => {
      const line = parseRequestLine(`GET /${path}`)
      if ('names' in line) assert.match(line.path, /^\/[!-~]*$/)
      const request = { request: 'GET /', headers: { [`X${name}`]: value } }
      const workload = { entry: 'edge', arrivals: { poisson: '1/s' }, duration: '1s', requests: [request] }
      const components = { edge: { kind: 'store', port: 5001 } }
      const { topology } = await loadText(JSON.stringify({ components, workloads: { one: workload } }))
      const sent = topology ? topology.workloads.one!.requests[0]!.headers : {}
      for (const [field, content] of Object.entries(sent)) {
        assert.match(`${field}: ${content}`, /^[^\s:]+: [\t -~]*$/)
      }
    }),
    { numRuns: 100 },
  )
})
