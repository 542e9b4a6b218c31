import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { StepModel } from '../kit/index.ts'
import { analysisOf, type ComponentNote, call, end, parallel, work } from './fixtures/lab-of.ts'

/** What one request to the only endpoint of a lab does. */
function only(notes: Record<string, ComponentNote>) {
  const { endpoints } = analysisOf(notes)
  assert.equal(endpoints.length, 1)
  return endpoints[0]!
}

/** The request of every endpoint, with its executions. */
function byRequest(notes: Record<string, ComponentNote>): Record<string, Record<string, number>> {
  const { endpoints } = analysisOf(notes)
  return Object.fromEntries(endpoints.map(one => [one.request, one.perComponent]))
}

test('the canonical graph: c calls a then b, d calls a and c at once, then b; six executions a request', () => {
  const found = only({
    a: { script: [work(3)] },
    b: { script: [work(4)] },
    c: { script: [work(1), call('a'), call('b')] },
    d: { port: 80, script: [work(2), parallel([call('a')], [call('c')]), call('b')] },
  })
  assert.deepEqual(found.perComponent, { a: 2, b: 2, c: 1, d: 1 })
  assert.equal(found.total, 6)
  // c takes 1 + 3 + 4 = 8, which is longer than a's 3; then b's 4.
  assert.deepEqual(found.criticalPath, { meanMs: 14, chain: ['d', 'c', 'b'], ownMs: { a: 3, b: 8, c: 1, d: 2 } })
})

test('chance and end weigh calls and work: what follows an end is reached only when the script goes on', () => {
  const found = only({
    a: { port: 80, script: [work(10), end(0.25), call('b', 'GET /', 0.4), work(20)] },
    b: { script: [work(5)] },
  })
  assert.deepEqual(found.perComponent, { a: 1, b: 0.3 })
  assert.deepEqual(found.criticalPath, { meanMs: 26.5, chain: ['a', 'b'], ownMs: { a: 25, b: 1.5 } })
})

test('after a parallel group the script goes on only when no branch has ended it', () => {
  const found = only({
    front: { port: 80, script: [parallel([end(0.5), call('a')], [end(0.2), call('b')]), call('c')] },
    a: {},
    b: {},
    c: {},
  })
  assert.deepEqual(found.perComponent, { front: 1, a: 0.5, b: 0.8, c: 0.4 })
})

test('a group that happens by chance: its branches weigh less, and without it the script goes on', () => {
  const group: StepModel = { type: 'parallel', chance: 0.5, branches: [[end(0.5), work(8)], [call('a')]] }
  const found = only({ front: { port: 80, script: [group, call('b')] }, a: { script: [work(6)] }, b: {} })
  assert.deepEqual(found.perComponent, { front: 1, a: 0.5, b: 0.75 })
  assert.deepEqual(found.criticalPath, { meanMs: 3, chain: ['front', 'a'], ownMs: { a: 3 } })
})

test('a link to several components splits its calls by their replicas and weights', () => {
  const policy = { name: 'weighted', settings: {}, weights: { y: 2 } }
  const found = only({ lb: { port: 80, forward: { to: ['x', 'y'], policy } }, x: { replicas: 3 }, y: { replicas: 1 } })
  assert.deepEqual(found.perComponent, { lb: 1, x: 0.6, y: 0.4 })
})

test('a gateway has one row for each route, and a call enters the endpoint of the callee that matches it', () => {
  const found = byRequest({
    gate: {
      port: 80,
      routes: { 'GET /orders': 'shop', 'POST /orders': { to: ['shop'], path: '/checkout' }, 'GET /items/*': 'items' },
    },
    shop: {
      endpoints: {
        'GET /orders': [call('store', 'GET /list')],
        'POST /checkout': [call('store', 'GET /list'), call('store', 'POST /write?sure=1')],
      },
    },
    items: { endpoints: { 'GET /items/:id': [call('store', 'GET /item')], 'GET /items/:id/price': [] } },
    store: { endpoints: { 'GET /list': [], 'GET /item': [], 'POST /write': [call('disk')] } },
    disk: {},
  })
  assert.deepEqual(found, {
    'GET /orders': { gate: 1, shop: 1, store: 1 },
    'POST /orders': { gate: 1, shop: 1, store: 2, disk: 1 },
    'GET /items/:id': { gate: 1, items: 1, store: 1 },
    'GET /items/:id/price': { gate: 1, items: 1 },
  })
})

test('a route that replaces the path leads to one endpoint, so it is one row', () => {
  const found = byRequest({
    gate: { port: 80, routes: { 'GET /*': { to: ['shop'], path: '/list' } } },
    shop: { endpoints: { 'GET /orders': [], 'GET /list': [call('store')] } },
    store: {},
  })
  assert.deepEqual(found, { 'GET /*': { gate: 1, shop: 1, store: 1 } })
})

test('an entry that passes requests on has the endpoints of what stands behind it, each once', () => {
  const same: ComponentNote = { endpoints: { 'GET /x': [call('store')], 'GET /y': [] } }
  const found = byRequest({ edge: { port: 80, forward: { to: ['a', 'b'] } }, a: same, b: same, store: {} })
  assert.deepEqual(found, {
    'GET /x': { edge: 1, a: 0.5, b: 0.5, store: 1 },
    'GET /y': { edge: 1, a: 0.5, b: 0.5 },
  })
})

test('a kind without a model calls every named link once; what it sends fits the path of the link, or the first endpoint', () => {
  const store: ComponentNote = { endpoints: { 'GET /one': [call('disk')], 'POST /two': [call('disk'), call('disk')] } }
  const found = only({
    front: { port: 80, links: { hit: { to: ['store'], path: '/two' }, miss: 'store' } },
    store,
    disk: {},
  })
  assert.deepEqual(found.perComponent, { front: 1, store: 2, disk: 3 })
})

test('passes of tactics that ask a component are counted apart from executions, for the requests they match', () => {
  const { endpoints } = analysisOf({
    gate: {
      port: 80,
      routes: { 'GET /data': { to: ['service'], tactics: [{ name: 'guard', asks: ['keys'] }] }, 'POST /in': 'keys' },
      tactics: [{ name: 'watch', asks: ['log'], match: 'POST /in' }],
    },
    service: {
      script: [call('store', 'GET /', 0.5)],
      links: { store: { to: ['store'], tactics: [{ name: 'memo', asks: ['memory'] }] } },
    },
    keys: {},
    store: {},
    memory: {},
    log: {},
  })
  assert.deepEqual(
    endpoints.map(one => [one.request, one.total, one.asked]),
    [
      ['GET /data', 3.5 - 1, { keys: 1, memory: 0.5 }],
      ['POST /in', 2, { log: 1 }],
    ],
  )
})

test('of branches with equal means the critical path takes the one that leads on furthest', () => {
  const found = only({
    front: { port: 80, script: [parallel([call('near')], [call('far')])] },
    near: {},
    far: { script: [call('end')] },
    end: {},
  })
  assert.deepEqual(found.criticalPath, { meanMs: 0, chain: ['front', 'far', 'end'], ownMs: {} })
})

test('a ladder of 50 rungs has 2 to the 50 ways, and is worked out all the same', () => {
  const notes: Record<string, ComponentNote> = {}
  for (let rung = 0; rung < 50; rung++) {
    const next = rung === 49 ? [call('end')] : [call(`l${rung + 1}`), call(`r${rung + 1}`)]
    notes[`l${rung}`] = { ...(rung === 0 ? { port: 80 } : {}), script: [work(1), ...next] }
    if (rung > 0) notes[`r${rung}`] = { script: [work(1), ...next] }
  }
  const found = only({ ...notes, end: {} })
  assert.equal(found.perComponent.end, 2 ** 49)
  // Every component of rung n runs 2 to the n-1 times for 1 ms.
  assert.equal(found.criticalPath.meanMs, 2 ** 50 - 1)
})

test('figures beyond all numbers are the largest number, also where some calls never happen', () => {
  const notes: Record<string, ComponentNote> = { end: { script: [work(1)] } }
  for (let at = 0; at < 1100; at++) {
    const next = at === 1099 ? 'end' : `s${at + 1}`
    const calls = [call(next), call(next), call('end', 'GET /', 0)]
    notes[`s${at}`] = { ...(at === 0 ? { port: 80 } : {}), script: calls }
  }
  const { total, perComponent, criticalPath } = only(notes)
  assert.deepEqual([total, perComponent.end, perComponent.s10], [Number.MAX_VALUE, Number.MAX_VALUE, 1024])
  assert.equal(criticalPath.meanMs, Number.MAX_VALUE)
})

/** Executions and mean time by following every way, as a person would on paper. */
function onPaper(scripts: ReadonlyMap<string, StepModel[]>, name: string, weight: number, sums: Map<string, number>) {
  sums.set(name, (sums.get(name) ?? 0) + weight)
  const follow = (steps: readonly StepModel[], reached: number): { ms: number; left: number } => {
    let ms = 0
    let left = reached
    for (const step of steps) {
      const here = left * (step.chance ?? 1)
      if (step.type === 'end') left -= here
      else if (step.type === 'work') ms += here * step.meanMs
      else if (step.type === 'call') ms += here === 0 ? 0 : here * onPaper(scripts, step.link, here, sums)
      else {
        const ends = step.branches.map(branch => follow(branch, here))
        ms += Math.max(0, ...ends.map(one => one.ms))
        const share = here === 0 ? 1 : ends.reduce((product, one) => product * (one.left / here), 1)
        left += here * (share - 1)
      }
    }
    return { ms, left }
  }
  return weight === 0 ? 0 : follow(scripts.get(name)!, weight).ms / weight
}

test('in any graph of scripts the figures are those of following every way, and own times add up to the mean', () => {
  const chance = fc.constantFrom(0, 0.25, 0.5, 1)
  const leafStep = (at: number): fc.Arbitrary<StepModel> =>
    fc.oneof(
      fc.tuple(fc.integer({ min: at + 1, max: 5 }), chance).map(([to, share]) => call(`n${to}`, 'GET /', share)),
      fc.tuple(fc.integer({ min: 0, max: 9 }), chance).map(([ms, share]) => work(ms, share)),
      chance.map(end),
    )
  const step = (at: number): fc.Arbitrary<StepModel> =>
    fc.oneof(
      { weight: 3, arbitrary: leafStep(at) },
      {
        weight: 1,
        arbitrary: fc
          .tuple(fc.array(fc.array(leafStep(at), { maxLength: 3 }), { maxLength: 3 }), chance)
          .map(([branches, share]): StepModel => ({ type: 'parallel', branches, chance: share })),
      },
    )
  const scripts = fc
    .tuple(...[0, 1, 2, 3, 4].map(at => fc.array(step(at), { maxLength: 4 })))
    .map(lists => new Map([...lists, [work(3)]].map((steps, at) => [`n${at}`, steps])))
  const near = (left: number, right: number): void => assert.ok(Math.abs(left - right) <= 1e-9 * Math.max(1, right))
  fc.assert(
    fc.property(scripts, all => {
      const notes = [...all].map(([name, script]) => [name, { script, ...(name === 'n0' ? { port: 80 } : {}) }])
      const found = analysisOf(Object.fromEntries(notes)).endpoints.find(one => one.entry === 'n0')!
      const sums = new Map<string, number>()
      const meanMs = onPaper(all, 'n0', 1, sums)
      for (const [name, times] of sums) near(found.perComponent[name] ?? 0, times)
      near(found.criticalPath.meanMs, meanMs)
      near(
        Object.values(found.criticalPath.ownMs).reduce((sum, one) => sum + one, 0),
        meanMs,
      )
    }),
  )
})
