import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { ComponentSpec, LinkSpec, TacticSpec, Topology } from '../topology/topology.ts'
import { calleesOf, levelsOf } from './levels.ts'

const link = (to: readonly string[], tactics: readonly TacticSpec[] = []): LinkSpec => ({
  name: 'to',
  address: 'components.x.to',
  to,
  policy: { name: 'round-robin', settings: {}, weights: {} },
  transport: 'auto',
  slowStartMs: 0,
  timeoutMs: 10_000,
  outliers: { failures: 5, ejectionMs: 30_000, intervalMs: 10_000, maxEjectedRatio: 0.5 },
  healthCheck: null,
  panicRatio: 0.5,
  path: null,
  tactics,
})

const tactic = (to: readonly string[]): TacticSpec => ({
  name: 'remembering',
  address: 'components.x.tactics.remembering',
  module: 'file:///remembering.ts',
  settings: {},
  match: null,
  scope: 'replica',
  reportOnly: false,
  links: to.length === 0 ? [] : [link(to)],
})

const component = (name: string, links: readonly LinkSpec[], tactics: readonly TacticSpec[] = []): ComponentSpec => ({
  name,
  kind: 'thing',
  module: 'file:///thing.ts',
  replicas: 1,
  autoscaling: null,
  listen: null,
  settings: {},
  tactics,
  links,
  routes: [],
  access: 'anyone',
  bodyLimitBytes: 1024,
  limits: { connections: 10, headerBytes: 1024, urlBytes: 1024, bodyTimeoutMs: 1000 },
  drainTimeoutMs: 1000,
  hangLimitMs: 1000,
  isolation: 'thread',
  resources: {
    requests: { memoryBytes: null, cpuCores: null },
    limits: { memoryBytes: null, cpuCores: null },
  },
})

const topology = (components: readonly ComponentSpec[]): Topology => ({
  name: 'test',
  file: '/test/topology.yaml',
  seed: 1,
  threads: 'per-replica',
  components: Object.fromEntries(components.map(one => [one.name, one])),
  workloads: {},
  scenarios: {},
  experiments: {},
  secrets: [],
})

/** Random topologies without cycles, in a random order: a component calls only components of lower rank. */
const acyclic = fc
  .array(fc.tuple(fc.bigInt({ min: 0n, max: 2n ** 12n - 1n }), fc.constantFrom('link', 'tactic', 'link tactic')), {
    minLength: 1,
    maxLength: 12,
  })
  .chain(ranks => {
    const components = ranks.map(([calls, place], rank) => {
      const to = ranks
        .map((_, lower) => `c${lower}`)
        .filter((_, lower) => lower < rank && (calls >> BigInt(lower)) & 1n)
      if (to.length === 0) return component(`c${rank}`, [])
      if (place === 'tactic') return component(`c${rank}`, [], [tactic(to)])
      if (place === 'link') return component(`c${rank}`, [link(to)])
      return component(`c${rank}`, [link([to[0]!], [tactic(to.slice(1))])])
    })
    return fc.shuffledSubarray(components, { minLength: components.length })
  })

test('every component stands on one level, and everything it calls on a lower one', () => {
  fc.assert(
    fc.property(acyclic, components => {
      const levels = levelsOf(topology(components))
      assert.deepEqual(levels.flat().sort(), components.map(one => one.name).sort())
      const level = new Map(levels.flatMap((names, at) => names.map(name => [name, at] as const)))
      for (const one of components) {
        for (const callee of calleesOf(one)) assert.ok(level.get(callee)! < level.get(one.name)!)
      }
    }),
  )
})

test('no level is empty, and a component stands no higher than it must', () => {
  fc.assert(
    fc.property(acyclic, components => {
      const levels = levelsOf(topology(components))
      levels.forEach((names, at) => {
        assert.ok(names.length > 0)
        for (const name of names) {
          const callees = calleesOf(components.find(one => one.name === name)!)
          if (at === 0) assert.deepEqual(callees, [])
          else assert.ok(callees.some(callee => levels[at - 1]!.includes(callee)))
        }
      })
    }),
  )
})

test('callees are named once each, whether a link, a tactic, or a tactic of a link names them', () => {
  const nested = tactic(['c'])
  const subject = component('x', [link(['a', 'b'], [nested]), link(['a'])], [tactic(['b', 'd'])])
  assert.deepEqual(calleesOf(subject).sort(), ['a', 'b', 'c', 'd'])
})

test('the leaves of a chain come first, whatever the order of the file', () => {
  const chain = [
    component('edge', [link(['gateway'])]),
    component('gateway', [link(['service'])]),
    component('alone', []),
    component('service', [link(['database'])]),
    component('database', []),
  ]
  assert.deepEqual(levelsOf(topology(chain)), [['alone', 'database'], ['service'], ['gateway'], ['edge']])
})
