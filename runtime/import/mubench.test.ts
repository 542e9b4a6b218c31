import assert from 'node:assert/strict'
import { test } from 'node:test'
import { componentsOf, notesOf, problemsOf } from './fixtures/import-text.ts'

/** A work model of services that only call, given their groups and what else they have. */
function model(services: Record<string, { groups?: unknown[]; [member: string]: unknown }>): string {
  const entries = Object.entries(services).map(([name, { groups = [], ...rest }]) => {
    return [name, { external_services: groups, internal_service: { quiet: {} }, ...rest }]
  })
  return JSON.stringify(Object.fromEntries(entries), null, 2)
}

const quiet = /^.*internal_service\.quiet: the Python function quiet is not run|gateway/

/** Notes but for those that every model of `model` has. */
const otherNotes = (text: string): string[] => notesOf(text).filter(note => !quiet.test(note))

test('groups run in parallel, the services of a group one after the other', () => {
  const { s0 } = componentsOf(
    model({
      s0: {
        groups: [
          { seq_len: 100, services: ['s1', 's2'] },
          { seq_len: 2, services: ['s3', 's1'] },
          { seq_len: 1, services: ['s2'] },
          { seq_len: 1, services: [] },
        ],
      },
      s1: {},
      s2: {},
      s3: {},
    }),
  )
  assert.deepEqual(s0, {
    kind: 'thing',
    port: 8000,
    script: [{ parallel: [[{ call: 's1' }, { call: 's2' }], [{ call: 's3' }, { call: 's1' }], { call: 's2' }] }],
  })
})

test('a lone group is plain steps, and a note says what happens to it when a call fails', () => {
  const text = model({ s0: { groups: [{ seq_len: 2, services: ['s1', 's2'] }] }, s1: {}, s2: {} })
  assert.deepEqual(componentsOf(text).s0!.script, [{ call: 's1' }, { call: 's2' }])
  assert.deepEqual(otherNotes(text), [
    's0.external_services.0.services: when a call fails the rest of its group is left out; muBench goes on with the group, then fails',
  ])
})

test('probabilities become chances; what has none, or one of 1, is always called', () => {
  const groups = [{ seq_len: 3, services: ['s1', 's2', 's3'], probabilities: { s1: 0.3, s2: 1 } }]
  const { s0 } = componentsOf(model({ s0: { groups }, s1: {}, s2: {}, s3: {} }))
  assert.deepEqual(s0!.script, [{ call: 's1', chance: '30%' }, { call: 's2' }, { call: 's3' }])
})

test('one of several alike services is a link that chooses at random', () => {
  const groups = [
    { seq_len: 1, services: ['s1', 's2'], probabilities: { s1: 0.5, s2: 0.5 } },
    { seq_len: 1, services: ['s2', 's3'] },
    { seq_len: 1, services: ['s1', 's2'] },
  ]
  const text = model({ s0: { groups }, s1: {}, s2: {}, s3: {}, 'one-of-2': {} })
  const { s0 } = componentsOf(text)
  assert.deepEqual(s0!.links, {
    'one-of-1': { to: ['s1', 's2'], policy: 'random' },
    'one-of-3': { to: ['s2', 's3'], policy: 'random' },
  })
  const [first, second] = ['one-of-1', 'one-of-3'].map(call => ({ call }))
  assert.deepEqual(s0!.script, [{ parallel: [{ ...first, chance: '50%' }, second, first] }])
  assert.deepEqual(otherNotes(text), [])
})

for (const [name, group, services, chances] of [
  [
    'two of three',
    { seq_len: 2, services: ['s1', 's2', 's3'] },
    {},
    ['66.6666666667%', '66.6666666667%', '66.6666666667%'],
  ],
  [
    'one of two with other probabilities',
    { seq_len: 1, services: ['s1', 's2'], probabilities: { s1: 0.5 } },
    {},
    ['25%', '50%'],
  ],
  ['one of two with other replicas', { seq_len: 1, services: ['s1', 's2'] }, { s2: { replicas: 3 } }, ['50%', '50%']],
  ['one of the same twice', { seq_len: 1, services: ['s1', 's1', 's2', 's3'] }, {}, ['25%', '25%', '25%', '25%']],
] as const) {
  test(`${name} become calls with a chance each, and a note says what is lost`, () => {
    const text = model({ s0: { groups: [group] }, s1: {}, s2: {}, s3: {}, ...services })
    const script = componentsOf(text).s0!.script as { chance: string }[]
    assert.deepEqual(
      script.map(step => step.chance),
      chances,
    )
    const count = group.services.length
    const note = otherNotes(text).find(one => one.startsWith('s0.external_services.0.seq_len: '))
    assert.match(note!, new RegExp(`each of the ${count} .* probability of ${group.seq_len}/${count}`))
    assert.match(note!, new RegExp(`muBench calls exactly ${group.seq_len} of them, in random order$`))
  })
}

test('a seq_len of 0 calls nobody', () => {
  const { s0 } = componentsOf(model({ s0: { groups: [{ seq_len: 0, services: ['s1'] }] }, s1: {} }))
  assert.equal(s0!.script, undefined)
})

test('what follows two underscores in the name of a call is a mark of traces', () => {
  const groups = [{ seq_len: 2, services: ['s1__1', 's1__2'], probabilities: { s1__2: 0.5 } }]
  const { s0 } = componentsOf(model({ s0: { groups }, s1: {} }))
  assert.deepEqual(s0!.script, [{ call: 's1' }, { call: 's1', chance: '50%' }])
})

test('compute_pi becomes CPU time with the least and the mean of the squares of its digits', () => {
  const script = (parameters: object): unknown =>
    componentsOf(model({ s0: { internal_service: { compute_pi: { mean_response_size: 0, ...parameters } } } })).s0!
      .script
  assert.deepEqual(script({ range_complexity: [100, 100] }), [{ work: { cpu: '1ms' } }])
  assert.deepEqual(script({ range_complexity: [200, 200] }), [{ work: { cpu: '4ms' } }])
  // 100 and 101 digits have the squares 10000 and 10201, the mean 10100.5: from 10000 to 10201 it is the middle.
  assert.deepEqual(script({ range_complexity: [100, 101] }), [{ work: { cpu: { uniform: ['1ms', '1.02ms'] } } }])
  assert.deepEqual(script({}), script({ range_complexity: [50, 100] }))
  assert.equal(script({ range_complexity: [0, 0] }), undefined)
})

test('the time of the range from 50 to 100 digits has the mean of the squares', () => {
  const text = model({ s0: { internal_service: { compute_pi: {} } } })
  const [step] = componentsOf(text, { cpuWorkMs: 10_000 }).s0!.script as [{ work: { cpu: { uniform: string[] } } }]
  const [least, most] = step.work.cpu.uniform.map(Number.parseFloat) as [number, number]
  const digits = Array.from({ length: 51 }, (_, index) => 50 + index)
  const mean = digits.reduce((sum, n) => sum + n * n, 0) / digits.length
  assert.equal(least, 2500)
  assert.ok(Math.abs((least + most) / 2 - mean) < 0.001, `${least} ${most} ${mean}`)
})

test('loader adds its defaults: it sleeps 10 ms unless told otherwise', () => {
  const script = (parameters: object): unknown =>
    componentsOf(model({ s0: { internal_service: { loader: { mean_response_size: 2, ...parameters } } } })).s0!.script
  const respond = { respond: { size: '2000b' } }
  assert.deepEqual(script({}), [{ work: '10ms' }, respond])
  const cpu_stress = { run: true, range_complexity: [200, 200], thread_pool_size: 2, trials: 3 }
  const sleep_stress = { run: true, sleep_time: 0.25 }
  assert.deepEqual(script({ cpu_stress, sleep_stress }), [{ work: { cpu: '24ms' } }, { work: '250ms' }, respond])
  assert.deepEqual(script({ sleep_stress: { run: false } }), [respond])
})

test("loader without memory and disk, colosseum and functions of one's own are told", () => {
  const text = JSON.stringify({
    s0: {
      external_services: [],
      internal_service: { loader: { memory_stress: { run: true }, disk_stress: { run: false }, mean_bandwidth: 0 } },
    },
    s1: { external_services: [], internal_service: { colosseum: {}, compute_pi: {} } },
    s2: { external_services: [], internal_service: { mongo_fun: { nreads: [1, 2], mean_bandwidth: 4 } } },
    s3: { external_services: [] },
  })
  assert.deepEqual(notesOf(text).slice(1), [
    's0.internal_service.loader.memory_stress: memory and disk are not stressed',
    's1.internal_service.colosseum: colosseum answers a picture; here the lab answers',
    's1.internal_service.compute_pi: muBench runs the first function only',
    's2.internal_service.mongo_fun: the Python function mongo_fun is not run: its work is left out',
    's2.internal_service.mongo_fun.mean_bandwidth: every response has the mean size; in muBench sizes are exponentially distributed',
    's3: no internal_service: the service does no work of its own',
  ])
  assert.deepEqual(componentsOf(text).s2!.script, [{ respond: { size: '4000b' } }])
})

test('mean_bandwidth is the old name of mean_response_size, and comes first', () => {
  const compute_pi = { range_complexity: [0, 0], mean_bandwidth: 3, mean_response_size: 5 }
  const { s0 } = componentsOf(model({ s0: { internal_service: { compute_pi } } }))
  assert.deepEqual(s0!.script, [{ respond: { size: '3000b' } }])
})

test('the newest work models say of each service how it is called, and with which sizes', () => {
  const text = model({
    s0: { groups: [{ seq_len: 9, services: ['s1', 's2', 's3'] }] },
    s1: {
      request_method: 'post',
      request_parameters: { request_dist: 'const', request_size: 2, response_dist: 'exp', response_size: 4 },
    },
    s2: { request_method: 'post' },
    s3: { request_method: 'get', request_protocol: 'grpc', request_parameters: { request_size: 2 } },
  })
  const { s0, s1 } = componentsOf(text)
  assert.deepEqual(s0!.script, [{ call: 's1', size: '2000b' }, { call: 's2', request: 'POST /' }, { call: 's3' }])
  assert.deepEqual(s1!.script, [{ respond: { size: '4000b' } }])
  assert.deepEqual(otherNotes(text).slice(1), [
    's1.request_parameters.response_dist: every message has the mean size; in muBench sizes are exponentially distributed',
    's3.request_protocol: gRPC: components speak HTTP',
  ])
})

test('replicas and resources are carried over; workers, threads and the deployment are told', () => {
  const text = model({
    s0: {
      replicas: 3,
      'cpu-requests': '250m',
      'cpu-limits': '0.5',
      'memory-requests': '64Mi',
      'memory-limits': '1G',
      workers: 4,
      threads: 16,
      sidecar: 'mongo',
      alternative_behaviors: {},
      pod_antiaffinity: false,
      url: 'x',
    },
    s1: { replicas: 1, workers: 4, 'memory-limits': '8Mi' },
  })
  const { s0, s1 } = componentsOf(text)
  assert.equal(s0!.replicas, 3)
  assert.deepEqual(s0!.resources, {
    requests: { cpu: '250m', memory: '64mb' },
    limits: { cpu: '500m', memory: '1000000000b' },
  })
  assert.equal(s1!.resources, undefined)
  const thread = 'a replica serves on one thread, as many requests at a time as come'
  assert.deepEqual(otherNotes(text), [
    `s0.workers: processes of a service cell: ${thread}`,
    `s0.threads: threads of a service cell: ${thread}`,
    's0.sidecar: the container beside the service is not run',
    's0.alternative_behaviors: only the default behaviour is carried over',
    's0.pod_antiaffinity: concerns the deployment on Kubernetes',
    's1.memory-limits: left out: a topology can say from 16mb to 64gb here',
  ])
})

test('what no other service calls gets a port, as the gateway of muBench is left out', () => {
  const text = model({ s0: { groups: [{ seq_len: 1, services: ['s1'] }] }, s1: {}, s2: {} })
  const components = componentsOf(text)
  assert.deepEqual([components.s0!.port, components.s1!.port, components.s2!.port], [8000, undefined, 8001])
  const message = "muBench's gateway, with a path per service, is left out: what no other service calls gets a port"
  assert.equal(notesOf(text)[0], `: ${message}`)
})

test('JSON indented with tabs is read, with places in lines and columns', () => {
  assert.deepEqual(problemsOf('{\n\t"s0": {\n\t\t"external_services": [],\n\t\t"replicas": 0\n\t}\n}\n'), [
    'IMPORT_BAD_VALUE 4:15',
  ])
})
