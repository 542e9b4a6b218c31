import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chains, otherChains } from './chains.ts'
import { hops } from './hops.ts'
import type { Measured } from './measure.ts'
import { aims, formatReport, judge, summarise } from './report.ts'
import type { System } from './system.ts'

const systems: readonly System[] = [...hops, ...chains, ...otherChains]

function measured(name: string, rates: (number | null)[], problems: string[] = []): Measured {
  const system = systems.find(one => one.name === name)!
  const samples = rates.map(rate =>
    rate === null
      ? null
      : {
          requests: rate,
          requestsPerSecond: rate,
          p50Ms: 1,
          p99Ms: 9,
          failedReplies: 0,
          socketErrors: 0,
          generatorBusyRatio: 0.99,
          generatorCpuSeconds: 1,
          cpuMicrosPerRequest: 20,
        },
  )
  return { system, samples, problems }
}

test('a row has median and spread of its rounds and the ratio to its peer in the same round', () => {
  const [ours] = summarise([
    measured('archlab-channel', [700, 70, 800]),
    measured('fastify-http-proxy', [100, 10, 100]),
  ])
  assert.deepEqual(ours!.requestsPerSecond, { median: 700, min: 70, max: 800 })
  assert.deepEqual(ours!.ratio, { median: 7, min: 7, max: 8 })
})

test('an aim is met, missed, or not measured when one side is absent', () => {
  const verdicts = (rate: number) =>
    judge([measured('archlab-channel', [rate]), measured('fastify-http-proxy', [100])], aims).map(aim => aim.verdict)
  assert.deepEqual(verdicts(700).slice(0, 2), ['met', 'not measured'])
  assert.deepEqual(verdicts(699).slice(0, 2), ['missed', 'not measured'])
})

test('a round that failed counts for no ratio', () => {
  const [aim] = judge([measured('archlab-channel', [null, 900]), measured('fastify-http-proxy', [100, 100])], aims)
  assert.deepEqual(aim!.ratio, { median: 9, min: 9, max: 9 })
})

test('every aim and every peer names a system of the table', () => {
  const names = new Set(systems.map(system => system.name))
  assert.equal(names.size, systems.length)
  for (const name of aims.flatMap(aim => [aim.row, aim.over])) assert.ok(names.has(name), name)
  for (const { peer } of systems) assert.ok(peer === null || names.has(peer))
})

test('the report marks rows limited by the load generator and shows what is invalid', () => {
  const all = [measured('uws', [1000]), measured('nginx', [null], ['round 1 of 1: 5 failed replies'])]
  const text = formatReport(summarise(all), judge(all, aims))
  assert.match(text, /uws \* /)
  assert.match(text, /INVALID nginx: round 1 of 1: 5 failed replies/)
  assert.match(text, /hop over channel \/ nginx .*not measured/)
})
