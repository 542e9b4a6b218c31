import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LabComponentResult, LoadResult } from '../../load/result.ts'
import { sampleResult } from '../test-sample-result.ts'
import { mostTroubled } from './most-troubled.ts'
import { statusColumns, statusesIn, sumsOf, troubleShare } from './statuses.ts'
import { chunks, highest, mean, stretchesOf } from './steps.ts'
import { arrivalsSentence, arrivalsText, distributionText, mixText } from './workload-words.ts'

const plain = (text: string): string => text.replaceAll('\u00a0', ' ')

test('replies are added up by the first digit of their status', () => {
  const sums = sumsOf({ 200: 5, 202: 1, 307: 2, 429: 3, 503: 4, 999: 1, odd: 2 })
  assert.deepEqual(sums, { '2xx': 6, '3xx': 2, '4xx': 3, '5xx': 4, other: 3, total: 18 })
  assert.equal(troubleShare(sums), 10 / 18)
  assert.equal(troubleShare(sumsOf({})), 0)
})

test('statuses are listed by number, without those that never occurred', () => {
  assert.deepEqual(
    statusesIn([
      { 429: 1, 200: 2 },
      { 503: 0, 1000: 1 },
    ]),
    ['200', '429', '1000'],
  )
})

test('rare statuses share a column, and no reply gets lost in it', () => {
  const statuses = Object.fromEntries(Array.from({ length: 12 }, (_, at) => [String(400 + at), at + 1]))
  const columns = statusColumns([statuses])
  assert.equal(columns.length, 8)
  assert.equal(columns.at(-1)!.heading, 'others')
  assert.equal(
    columns.reduce((sum, column) => sum + column.read(statuses), 0),
    78,
  )
  assert.deepEqual(
    columns.slice(0, 7).map(column => column.heading),
    ['405', '406', '407', '408', '409', '410', '411'],
  )
})

test('a long timeline is shown in stretches: counts are added, percentiles are the highest', async () => {
  const result = await sampleResult()
  const steps = result.timeline.intended.length
  const { stepsEach, lengthMs, list } = stretchesOf(result, 12)
  assert.equal(stepsEach, Math.ceil(steps / 12))
  assert.equal(lengthMs, stepsEach * result.timeline.stepMs)
  assert.equal(
    list.reduce((sum, one) => sum + one.intended, 0),
    result.timeline.intended.reduce((a, b) => a + b),
  )
  assert.equal(list[0]!.p99, Math.max(...result.timeline.p99.slice(0, stepsEach).map(Number)))
  assert.equal(list.at(-1)!.inFlight, result.timeline.inFlight.at(-1))
})

test('a short timeline is shown step by step', async () => {
  const { timeline } = await sampleResult()
  const { stepsEach, list } = stretchesOf({ timeline } as LoadResult)
  assert.equal(stepsEach, 1)
  assert.deepEqual(
    list.map(one => one.completed),
    timeline.completed,
  )
  assert.deepEqual(
    list.map(one => one.p50),
    timeline.p50,
  )
})

test('groups cover everything once, and values that are missing do not count', () => {
  assert.deepEqual(chunks(7, 3), [
    [0, 3],
    [3, 6],
    [6, 7],
  ])
  assert.equal(highest([null, 2, 5, null]), 5)
  assert.equal(highest([null]), null)
  assert.equal(mean([1, null, 2]), 1.5)
  assert.equal(mean([]), null)
})

test('of many components those with the most trouble are shown, in their own order', () => {
  const component = (statuses: Record<string, number>): LabComponentResult => ({
    kind: 'service',
    statuses,
    latency: { p50: null, p95: null, p99: null },
    utilisation: null,
    decisions: {},
  })
  const components = { a: component({ 200: 9 }), b: component({ 500: 1 }), c: component({ 429: 7 }), d: component({}) }
  const names = (max: number) => mostTroubled(components, max).shown.map(([name]) => name)
  assert.deepEqual(names(4), ['a', 'b', 'c', 'd'])
  assert.deepEqual(names(2), ['b', 'c'])
  assert.equal(mostTroubled(components, 2).more, 2)
})

test('workloads are told in words', () => {
  const think = { type: 'exponential', meanMs: 1000 } as const
  const closed = { type: 'closed', users: 10, think, spawnPerSecond: 2, iterations: 50 } as const
  const stages = [
    { from: 0, to: 100, durationMs: 10_000 },
    { from: 100, to: 100, durationMs: 60_000 },
  ]
  const on = { type: 'uniform', minMs: 1000, maxMs: 2000 } as const
  const off = { type: 'constant', valueMs: 500 } as const
  const cases = [
    [arrivalsText({ type: 'poisson', perSecond: 50 }), 'at random (Poisson), 50/s'],
    [arrivalsText({ type: 'constant', perSecond: 0.5 }), 'evenly, 0.5/s'],
    [
      arrivalsText({ type: 'ramp', process: 'constant', from: 10, to: 200 }),
      'evenly, from 10/s rising or falling to 200/s',
    ],
    [
      arrivalsText({ type: 'stages', process: 'poisson', stages }),
      'at random (Poisson), in stages: 0/s to 100/s for 10 s, then 100/s for 60 s',
    ],
    [
      arrivalsText({ type: 'bursts', process: 'poisson', onPerSecond: 100, offPerSecond: 5, on, off }),
      'at random (Poisson), in bursts: 100/s for 1 s to 2 s (uniform), then 5/s for 500 ms',
    ],
    [arrivalsText({ type: 'trace', file: 'monday.csv', process: 'poisson' }), 'as recorded in monday.csv'],
    [
      arrivalsText(closed),
      'from 10 users who wait for each reply, and then 1 s on average (exponential) more, starting 2/s, 50 requests each',
    ],
    [
      arrivalsSentence(closed),
      '10 users sent requests, each waiting for the reply and then 1 s on average (exponential) more',
    ],
    [distributionText({ type: 'erlang', k: 2, meanMs: 10 }), '10 ms on average (erlang)'],
  ]
  for (const [told, expected] of cases) assert.equal(plain(told!), expected)
})

test('a mix of requests is told in shares, or in numbers where it is counted', async () => {
  const { workload } = await sampleResult()
  const [first] = workload.requests
  assert.equal(plain(mixText(workload.requests)), 'GET /data 90 % and POST /longtask 10 %')
  assert.equal(mixText([first!]), 'GET /data')
  assert.equal(mixText([{ ...first!, count: 50 }]), 'GET /data 50 times')
})
