import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decodeSettings, Request, seededRandom } from '../kit/index.ts'
import { FakeClock } from '../testing/fake-context.ts'
import { POLICIES } from './catalog.ts'
import type { Balancer, Candidate } from './policy.ts'

interface Fake extends Candidate {
  inFlight: number
}
const fake = (replica: string, inFlight = 0): Fake => ({ replica, component: replica, inFlight })
const fakes = (names: string): Fake[] => names.split(' ').map(name => fake(name))

interface Options {
  settings?: Record<string, unknown>
  weights?: Record<string, number>
  clock?: FakeClock
  seed?: number
}

function create(policy: string, options: Options = {}): Balancer {
  const definition = POLICIES[policy]!
  return definition.create({
    settings: decodeSettings(definition.settings, options.settings ?? {}),
    clock: options.clock ?? new FakeClock(),
    random: seededRandom(options.seed ?? 7),
    weightOf: replica => options.weights?.[replica] ?? 1,
  })
}
const get = (path = '/'): Request => new Request({ method: 'GET', path })
const pickMany = (balancer: Balancer, candidates: readonly Fake[], count: number): string[] =>
  Array.from({ length: count }, () => balancer.pick(candidates, get()).replica)
function shares(picked: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const name of picked) counts[name] = (counts[name] ?? 0) + 1
  return counts
}

for (const name of Object.keys(POLICIES)) {
  test(`${name} picks one of the candidates, whichever they are, also when they change between picks`, () => {
    fc.assert(
      fc.property(fc.array(fc.array(fc.nat(9), { minLength: 1, maxLength: 6 }), { minLength: 1 }), rounds => {
        const balancer = create(name)
        for (const [at, loads] of rounds.entries()) {
          const candidates = loads.map((inFlight, index) => fake(`r${index}`, inFlight))
          const picked = balancer.pick(candidates, get(`/${at}`))
          assert.ok(candidates.includes(picked))
          balancer.observe?.(picked.replica, at)
          if (at % 3 === 0) balancer.forget?.('r0')
        }
      }),
    )
  })
}

test('round robin takes one target after the other, from the first', () => {
  assert.equal(pickMany(create('round-robin'), fakes('a b c'), 7).join(' '), 'a b c a b c a')
})

test('round robin stays within the targets when some of them go', () => {
  const balancer = create('round-robin')
  pickMany(balancer, fakes('a b c'), 2)
  assert.deepEqual(pickMany(balancer, fakes('a'), 2), ['a', 'a'])
})

test('smooth weighted round robin with weights 5, 1, 1 gives a a b a c a a', () => {
  const balancer = create('weighted-round-robin', { weights: { a: 5 } })
  assert.equal(pickMany(balancer, fakes('a b c'), 7).join(' '), 'a a b a c a a')
})

test('weighted round robin gives each target its exact share in every full cycle', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 6 }), weights => {
      const named = Object.fromEntries(weights.map((weight, at) => [`t${at}`, weight]))
      const total = weights.reduce((sum, weight) => sum + weight, 0)
      const candidates = Object.keys(named).map(name => fake(name))
      const counts = shares(pickMany(create('weighted-round-robin', { weights: named }), candidates, total * 3))
      for (const [name, weight] of Object.entries(named)) assert.equal(counts[name], weight * 3)
    }),
  )
})

test('random gives equal targets equal shares (chi-square, 3 degrees of freedom, 0.1 %)', () => {
  const counts = shares(pickMany(create('random'), fakes('a b c d'), 40_000))
  const chiSquare = Object.values(counts).reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0)
  assert.ok(chiSquare < 16.27, `chi-square is ${chiSquare}`)
})

test('least requests picks the target with the fewest calls under way', () => {
  const candidates = [fake('a', 3), fake('b', 1), fake('c', 2)]
  assert.deepEqual(shares(pickMany(create('least-requests'), candidates, 50)), { b: 50 })
})

test('least requests shares ties evenly', () => {
  const counts = shares(pickMany(create('least-requests'), [fake('a'), fake('b'), fake('c', 1)], 10_000))
  assert.equal(counts.c, undefined)
  assert.ok(Math.abs(counts.a! - 5_000) < 300, `a was picked ${counts.a} times of 10000`)
})

test('power of two choices never picks the busiest of three', () => {
  const counts = shares(pickMany(create('power-of-two-choices'), [fake('a', 9), fake('b'), fake('c')], 3_000))
  assert.equal(counts.a, undefined)
  assert.ok(counts.b! > 1_000 && counts.c! > 1_000)
})

/**
 * Mean time in system, in service times, of `servers` FIFO servers with exponential service under Poisson arrivals at
 * `load`: a small event simulation in which the policy sees queue lengths.
 */
function meanTimeInSystem(policy: string, servers: number, load: number, arrivals: number): number {
  const balancer = create(policy)
  const random = seededRandom(42)
  const exponential = (mean: number): number => -mean * Math.log(1 - random.next())
  const queues = Array.from({ length: servers }, (_, at) => ({
    ...fake(String(at)),
    freeAt: 0,
    departures: [] as number[],
  }))
  const request = get()
  let now = 0
  let total = 0
  for (let arrival = 0; arrival < arrivals; arrival++) {
    now += exponential(1 / (load * servers))
    // Only the candidates that are looked at need to be up to date, but policies may look at any.
    for (const queue of queues) {
      while (queue.departures.length > 0 && queue.departures[0]! <= now) queue.departures.shift()
      queue.inFlight = queue.departures.length
    }
    const queue = balancer.pick(queues, request)
    queue.freeAt = Math.max(now, queue.freeAt) + exponential(1)
    queue.departures.push(queue.freeAt)
    total += queue.freeAt - now
  }
  return total / arrivals
}

test('at load 0.9 power of two choices keeps the mean time in system at 2.61 service times, random at 10', () => {
  const two = meanTimeInSystem('power-of-two-choices', 100, 0.9, 150_000)
  const random = meanTimeInSystem('random', 100, 0.9, 150_000)
  assert.ok(Math.abs(two - 2.61) < 0.15, `power of two choices: ${two}`)
  assert.ok(Math.abs(random - 10) < 1.5, `random: ${random}`)
})

test('peak EWMA prefers the target that has been fast, and leaves one at its first slow reply', () => {
  const clock = new FakeClock()
  const balancer = create('peak-ewma', { clock })
  const candidates = fakes('a b')
  balancer.observe!('a', 10)
  balancer.observe!('b', 20)
  assert.deepEqual(shares(pickMany(balancer, candidates, 20)), { a: 20 })
  balancer.observe!('a', 500)
  assert.deepEqual(shares(pickMany(balancer, candidates, 20)), { b: 20 })
})

test('peak EWMA comes down with time constant decay, and weighs the calls under way', async () => {
  const clock = new FakeClock()
  const balancer = create('peak-ewma', { clock, settings: { decay: '1s' } })
  balancer.observe!('a', 100)
  balancer.observe!('b', 100)
  assert.deepEqual(shares(pickMany(balancer, [fake('a', 3), fake('b', 1)], 20)), { b: 20 })
  await clock.advance(1000)
  balancer.observe!('a', 0)
  balancer.observe!('b', 100)
  // a is at 100/e = 37 ms, b still at 100: twice the calls under way on a are still the shorter wait, four times are not.
  assert.deepEqual(shares(pickMany(balancer, [fake('a', 1), fake('b', 0)], 20)), { a: 20 })
  assert.deepEqual(shares(pickMany(balancer, [fake('a', 3), fake('b', 0)], 20)), { b: 20 })
})

const names = (count: number): Fake[] => Array.from({ length: count }, (_, at) => fake(`replica/${at}`))
const ownersOf = (balancer: Balancer, candidates: readonly Fake[], keys: number): string[] =>
  Array.from({ length: keys }, (_, at) => balancer.pick(candidates, get(`/key/${at}`)).replica)

for (const [table, tolerance, moved] of [
  ['ring', 0.35, 0],
  ['maglev', 0.1, 0.04],
] as const) {
  test(`consistent hashing by ${table} spreads 20,000 keys over ten targets, each within ${tolerance * 100} % of its share`, () => {
    const counts = shares(ownersOf(create('consistent-hash', { settings: { table } }), names(10), 20_000))
    for (const count of Object.values(counts)) assert.ok(Math.abs(count / 2000 - 1) < tolerance, `${count}`)
    assert.equal(Object.keys(counts).length, 10)
  })

  test(`when a target goes, ${table} moves its keys and at most ${moved * 100} % of the others`, () => {
    const balancer = create('consistent-hash', { settings: { table } })
    const before = ownersOf(balancer, names(10), 10_000)
    const after = ownersOf(
      balancer,
      names(10).filter(({ replica }) => replica !== 'replica/3'),
      10_000,
    )
    const kept = before.filter(owner => owner !== 'replica/3').length
    const disturbed = before.filter((owner, at) => owner !== 'replica/3' && after[at] !== owner).length
    assert.ok(disturbed <= moved * kept, `${disturbed} of ${kept} moved`)
    assert.ok(!after.includes('replica/3'))
  })

  test(`${table} sends the same key to the same target, in whatever order the targets are listed`, () => {
    const forward = ownersOf(create('consistent-hash', { settings: { table } }), names(4), 500)
    const again = ownersOf(create('consistent-hash', { settings: { table }, seed: 99 }), names(4), 500)
    assert.deepEqual(forward, again)
  })
}

test('with a load bound no target has more than its bounded share under way, even for a single hot key', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 8 }), fc.integer({ min: 1, max: 200 }), fc.boolean(), (count, calls, hot) => {
      const balancer = create('consistent-hash', { settings: { 'load-bound': 1.25 } })
      const candidates = names(count)
      for (let call = 1; call <= calls; call++) {
        const picked = balancer.pick(candidates, get(hot ? '/hot' : `/${call}`))
        picked.inFlight += 1
        assert.ok(picked.inFlight <= Math.ceil((1.25 * call) / count), `${picked.inFlight} of ${call}`)
      }
    }),
  )
})

test('consistent hashing says that the path decides where it does', () => {
  const { byPath, settings } = POLICIES['consistent-hash']!
  const says = (key: string): boolean => byPath!(decodeSettings(settings, { key }))
  assert.deepEqual(['path', 'path-and-query', 'ip', 'header:X-User'].map(says), [true, true, false, false])
})

test('the key of consistent hashing may be a header, the client or the query', () => {
  const byHeader = create('consistent-hash', { settings: { key: 'header:X-User' } })
  const of = (balancer: Balancer, fields: object): string =>
    balancer.pick(names(8), new Request({ method: 'GET', path: '/', ...fields })).replica
  const users = new Set(Array.from({ length: 50 }, (_, at) => of(byHeader, { headers: `\nx-user: u${at}` })))
  assert.ok(users.size > 4)
  assert.equal(
    of(byHeader, { headers: '\nx-user: u1', path: '/a' }),
    of(byHeader, { headers: '\nx-user: u1', path: '/b' }),
  )
  const byQuery = create('consistent-hash', { settings: { key: 'path-and-query' } })
  assert.ok(new Set(Array.from({ length: 50 }, (_, at) => of(byQuery, { query: `q=${at}` }))).size > 4)
  const byClient = create('consistent-hash', { settings: { key: 'ip' } })
  assert.ok(new Set(Array.from({ length: 50 }, (_, at) => of(byClient, { client: `10.0.0.${at}` }))).size > 4)
})
