import assert from 'node:assert/strict'
import { test } from 'node:test'
import { figureOf } from './prediction.ts'
import { tokenBucket } from './solvers/admission.ts'
import { erlangB, markovQueue } from './solvers/birth-death.ts'
import { lruChe, zipfPopularity } from './solvers/cache-hits.ts'
import { closedNetwork } from './solvers/closed-network.ts'
import { predicted, says } from './test-lab.ts'

const UNLIMITED = { servers: 1 }

test('one station is M/M/1: mean, quantiles and utilisation are exact', async () => {
  const prediction = await predicted('one')
  assert.equal(prediction.state, 'steady')
  says(prediction, 'mean', 1000 / 60, 'exact')
  says(prediction, 'p95 of GET /one', (1000 / 60) * Math.log(20), 'exact')
  says(prediction, 'utilisation of one', 0.7, 'exact')
  says(prediction, 'throughput', 140, 'exact')
  says(prediction, 'errors', 0, 'exact')
  assert.deepEqual(prediction.system.bottleneck, 'one')
  assert.equal(Math.round(prediction.system.saturatesAtPerSecond!), 200)
  assert.equal(prediction.stations[0]!.model, 'M/M/1')
  assert.equal(figureOf(prediction, 'utilisation of front').label, 'not modelled')
  assert.equal(figureOf(prediction, 'colour').label, 'not modelled')
  says(prediction, 'status 429', 0, 'exact')
  says(prediction, 'status 5xx of GET /one', 0, 'exact')
  says(prediction, 'executions of one per request', 1, 'exact')
})

test('the settings of a station choose its model', async () => {
  const rows = [
    ['components.one.service=5ms', 'M/D/1', 5 + (0.7 * 5) / (2 * 0.3)],
    ['components.one.servers=unlimited', 'M/M/∞', 5],
    ['components.one.queue.discipline=processor-sharing', 'M/M/1 PS', 1000 / 60],
    [
      'components.one.queue.capacity=9',
      'M/M/1/10',
      1000 * markovQueue({ ...UNLIMITED, arrivalRate: 140, serviceTime: 0.005, capacity: 10 }).response,
    ],
  ] as const
  for (const [set, model, meanMs] of rows) {
    const prediction = await predicted('one', { set: [set] })
    assert.equal(prediction.stations[0]!.model, model)
    assert.ok(
      Math.abs(prediction.stations[0]!.responseMs.value! - meanMs) < 1e-6,
      `${model}: ${prediction.stations[0]!.responseMs.value}`,
    )
  }
})

test('a full queue refuses with 503, and quantiles of a time nobody knows are not made up', async () => {
  const prediction = await predicted('one', { set: ['components.one.queue.capacity=0'] })
  says(prediction, 'errors', erlangB(0.7, 1), 'exact')
  says(prediction, 'status 503', erlangB(0.7, 1), 'exact')
  const sharing = await predicted('one', { set: ['components.one.queue.discipline=processor-sharing'] })
  assert.deepEqual([sharing.measures.p95!.value, sharing.measures.p95!.label], [null, 'not modelled'])
})

test('a saturated station is an answer: what it carries, and no figure that is none', async () => {
  const prediction = await predicted('poisson', { file: '../../examples/mm1.yaml', perSecond: 250 })
  assert.equal(prediction.state, 'saturated')
  assert.match(prediction.warnings[0]!, /server is saturated: .* 250\/s come, it carries at most 200\/s/)
  assert.deepEqual(
    [prediction.measures.mean!.value, prediction.measures.mean!.reason],
    [null, 'it grows without bound'],
  )
  says(prediction, 'throughput', 200, 'bound')
  says(prediction, 'goodput', 200, 'bound')
  assert.doesNotMatch(JSON.stringify(prediction), /NaN/)
  // Behind a link nobody waits for ever: its time limit of 10 s answers in place of the station.
  const limited = await predicted('one', { perSecond: 250 })
  says(limited, 'mean', 10_000, 'exact')
  says(limited, 'status 504', 1, 'exact')
})

test('replicas divide the arrivals; a policy that looks makes theory an upper bound', async () => {
  const prediction = await predicted('one', { set: ['components.one.replicas=2'] })
  says(prediction, 'mean', 1000 / (200 - 70), 'bound')
  assert.equal(prediction.stations[0]!.copies, 2)
})

test('stations in a row are an open Jackson network', async () => {
  const prediction = await predicted('tandem')
  const two = 1000 * markovQueue({ arrivalRate: 100, serviceTime: 0.005, servers: 2 }).response
  says(prediction, 'mean', 10 + two + 3, 'exact')
  // The sum of exponential times of 10 ms and, nearly, 5.33 ms, and 3 ms: checked against its own mean.
  const { value, label } = figureOf(prediction, 'p95')
  assert.equal(label, 'approximate')
  assert.ok(value! > 35 && value! < 45, `p95 ${value}`)
})

test('of branches side by side the last one counts', async () => {
  const prediction = await predicted('fork')
  says(prediction, 'mean', 15, 'approximate', 1e-4)
  // (1 - e^(-t/10))² = 0.95
  says(prediction, 'p95', -10 * Math.log(1 - Math.sqrt(0.95)), 'approximate', 1e-3)
})

test('users who think are a closed network, solved exactly', async () => {
  const prediction = await predicted('users')
  const stations = [{ demand: 5 }, { demand: 5, servers: 2 }, { demand: 3, servers: Number.POSITIVE_INFINITY }]
  const expected = closedNetwork(stations, 20, 50)
  says(prediction, 'throughput', expected.throughput * 1000, 'exact')
  says(prediction, 'mean', expected.response, 'exact', 1e-6)
  assert.ok(Math.abs(prediction.system.bounds.saturationUsers! - 63 / 5) < 1e-9)
  assert.equal(prediction.measures.p95!.label, 'not modelled')
})

test('limits refuse as their algorithm does', async () => {
  const window = await predicted('limited')
  says(window, 'errors', erlangB(20, 10), 'approximate')
  says(window, 'status 429', erlangB(20, 10), 'approximate')
  const bucket = await predicted('bucket')
  says(bucket, 'errors', tokenBucket(50, 50, 5).refused, 'approximate')
  const off = await predicted('limited', { set: ['tactics.rate-limit=off'] })
  says(off, 'errors', 0, 'exact')
})

test('a cache takes load from what is behind it', async () => {
  const kept = await predicted('kept')
  says(kept, 'cached of front', 100 / 101, 'approximate')
  assert.ok(Math.abs(kept.stations[0]!.perSecond - 100 / 101) < 1e-6)
  // Ten keys with 10 requests a second each, kept for 10 s.
  says(await predicted('items'), 'cached of front', 100 / 101, 'approximate')
})

const lruHits = (entries: number): number => lruChe(zipfPopularity(400, 0.8), entries).hitRatio
// The fixture's entries live long, not for ever.
const NEARLY = 1e-4
const PAGES_STORE = 'components.front.routes.10.tactics.cache.store'

test('stores that are picked by key add up their room; picked otherwise, each comes to hold the same', async () => {
  says(await predicted('pages'), 'cached of front', lruHits(200), 'approximate', NEARLY)
  for (const policy of ['random', 'round-robin', '{ consistent-hash: { key: ip } }']) {
    const other = await predicted('pages', { set: [`${PAGES_STORE}.policy=${policy}`] })
    says(other, 'cached of front', lruHits(100), 'approximate', NEARLY)
  }
})

test('each replica of a store has room of its own', async () => {
  says(await predicted('notes'), 'cached of front', lruHits(100), 'approximate', NEARLY)
  const replicas = 'components.left.replicas=2'
  says(await predicted('notes', { set: [replicas] }), 'cached of front', lruHits(100), 'approximate', NEARLY)
  const byKey = [replicas, `${PAGES_STORE}.to=left`]
  says(await predicted('pages', { set: byKey }), 'cached of front', lruHits(200), 'approximate', NEARLY)
})

test('tactics that keep entries in one store share its room', async () => {
  const set = [`${PAGES_STORE}.to=left`]
  // Two sets of 400 keys, asked for alike, leave each half of the room.
  says(await predicted('pages-and-notes', { set }), 'cached of front', lruHits(50), 'approximate', NEARLY)
})

test('a store that does not tell its room is taken to have enough, which the prediction says', async () => {
  const redis = 'components.left={ kind: cache, replicas: 2, store: redis://127.0.0.1:6379 }'
  const prediction = await predicted('notes', { set: [redis] })
  const { value } = figureOf(prediction, 'cached of front')
  assert.ok(value! > 0.99, `cached ${value}`)
  const room = prediction.notModelled.filter(one => /room/.test(one.what))
  assert.deepEqual(
    room.map(one => [one.where, one.what]),
    [['components.front.routes.11.tactics.cache', 'how many entries left has room for']],
  )
  assert.deepEqual(
    (await predicted('notes')).notModelled.filter(one => /room/.test(one.what)),
    [],
  )
  // What replicas share is stored once: two of them hit as often as one.
  const one = await predicted('notes', { set: [redis.replace(' replicas: 2,', '')] })
  says(prediction, 'cached of front', figureOf(one, 'cached of front').value!, 'approximate')
})

test('retries multiply the load by what fails', async () => {
  const prediction = await predicted('faulty')
  says(prediction, 'errors', 0.25, 'approximate')
  // Every second try of 75 a second gets past the fault.
  assert.ok(Math.abs(prediction.stations[0]!.perSecond - 37.5) < 1e-6)
})

test('a system with two equilibria is called metastable; a budget for retries mends it', async () => {
  const prediction = await predicted('retried')
  assert.equal(prediction.state, 'metastable')
  assert.match(prediction.warnings.join(), /two equilibria/)
  const mended = await predicted('retried', { set: ['components.front.routes.8.tactics.retry.budget=20%'] })
  assert.equal(mended.state, 'steady')
})

test('what is left out is said, with the reason', async () => {
  const prediction = await predicted('one', { set: ['workloads.one.arrivals={constant: 100/s}'] })
  const texts = prediction.notModelled.map(one => `${one.where}: ${one.what}`)
  assert.ok(
    texts.some(text => /even/.test(text)),
    texts.join('; '),
  )
  assert.ok(texts.some(text => /^front: its own work/.test(text)))
  assert.equal(prediction.measures.mean!.label, 'approximate')
})
