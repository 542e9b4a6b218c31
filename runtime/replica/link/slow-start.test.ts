import assert from 'node:assert/strict'
import { test } from 'node:test'
import { POLICIES } from '../../balancing/catalog.ts'
import type { Balancer } from '../../balancing/policy.ts'
import { decodeSettings, Request, seededRandom } from '../../kit/index.ts'
import { FakeClock } from '../../testing/fake-context.ts'
import { Rotation } from './rotation.ts'
import { SlowStart } from './slow-start.ts'
import type { Target } from './target.ts'

const WINDOW_MS = 10_000
const CALLS = 4000
const OUTLIERS = { failures: 1, ejectionMs: 1000, intervalMs: 10_000, maxEjectedRatio: 1 }

const request = new Request({ method: 'GET', path: '/' })
const targetOf = (replica: string): Target => ({ replica, component: 'api', inFlight: 0 }) as Target

/** A link's choice among targets of which `new` can be brought in later; nothing is under way, so all are always idle. */
function subject(policy: string, weights: Readonly<Record<string, number>> = {}) {
  const clock = new FakeClock()
  const order = ['api/0', 'api/1', 'api/2', 'api/new']
  const rotation = new Rotation({ order, outliers: OUTLIERS, healthCheck: null, panicRatio: 0 }, clock, {
    ejected() {},
    panicked() {},
    sized() {},
  })
  const definition = POLICIES[policy]!
  const weightOf = (replica: string): number => weights[replica] ?? 1
  const balancer = (seed: number): Balancer =>
    definition.create({
      settings: decodeSettings(definition.settings, {}),
      clock,
      random: seededRandom(seed),
      weightOf,
    })
  const slow = new SlowStart({
    ...{ windowMs: WINDOW_MS, clock, balancer: balancer(1), spare: balancer(2), weightOf },
    joinedAtMs: replica => rotation.joinedAtMs(replica),
  })
  const shares = (): Record<string, number> => {
    const counts: Record<string, number> = { 'api/0': 0, 'api/1': 0, 'api/2': 0, 'api/new': 0 }
    for (let call = 0; call < CALLS; call++) {
      const { replica } = slow.pick(rotation.candidates(clock.nowMs()), request)
      slow.observe(replica, 5)
      counts[replica]! += 1
    }
    return counts
  }
  const settle = async (): Promise<void> => {
    rotation.add(...order.slice(0, 3).map(targetOf))
    await clock.advance(WINDOW_MS)
  }
  return { clock, rotation, slow, shares, settle }
}

/** The share that weights give, of which the new one's is only partly there. */
const share = (warmth: number, weight = 1, others = 3): number => (CALLS * weight * warmth) / (others + weight * warmth)

test('round robin gives a new target a tenth of a weight, then evenly more, and the others equal shares of the rest', async () => {
  const { clock, rotation, shares, settle } = subject('round-robin')
  await settle()
  rotation.add(targetOf('api/new'))
  for (const [afterMs, warmth] of [
    [0, 0.1],
    [500, 0.1],
    [2000, 0.25],
    [2500, 0.5],
    [4999, 0.9999],
    [1, 1],
    [50_000, 1],
  ] as const) {
    await clock.advance(afterMs)
    const counts = shares()
    assert.ok(Math.abs(counts['api/new']! - share(warmth)) <= 2, `${warmth}: ${JSON.stringify(counts)}`)
    const others = [counts['api/0']!, counts['api/1']!, counts['api/2']!]
    assert.ok(Math.max(...others) - Math.min(...others) <= 2, JSON.stringify(counts))
  }
})

test('weights count: a new target of weight 6 gets a tenth of that', async () => {
  const { rotation, shares, settle } = subject('weighted-round-robin', { 'api/new': 6 })
  await settle()
  rotation.add(targetOf('api/new'))
  const counts = shares()
  assert.ok(Math.abs(counts['api/new']! - share(0.1, 6)) <= 2, JSON.stringify(counts))
})

for (const policy of ['random', 'least-requests', 'power-of-two-choices', 'peak-ewma']) {
  test(`${policy} gives a new target no more than its share, and nearly that`, async () => {
    const { clock, rotation, shares, settle } = subject(policy)
    await settle()
    rotation.add(targetOf('api/new'))
    for (const warmth of [0.1, 0.5]) {
      await clock.advance(warmth === 0.1 ? 0 : WINDOW_MS / 2)
      const got = shares()['api/new']!
      assert.ok(got <= share(warmth) + 3 && got > share(warmth) * 0.8, `${warmth}: ${got}`)
    }
  })
}

test('where all targets have just come none is held back', () => {
  const { rotation, shares } = subject('round-robin')
  rotation.add(...['api/0', 'api/1', 'api/2', 'api/new'].map(targetOf))
  assert.deepEqual(new Set(Object.values(shares())), new Set([CALLS / 4]))
})

test('a target that dies and comes back, or was left out for failures, starts slowly again', async () => {
  const { clock, rotation, slow, shares, settle } = subject('round-robin')
  await settle()
  rotation.add(targetOf('api/new'))
  await clock.advance(WINDOW_MS)
  assert.equal(shares()['api/new'], CALLS / 4)
  rotation.remove('api/new')
  slow.forget('api/new')
  assert.equal(shares()['api/new'], 0)
  rotation.add(targetOf('api/new'))
  assert.ok(Math.abs(shares()['api/new']! - share(0.1)) <= 2)
  await clock.advance(WINDOW_MS)
  rotation.observe('api/new', true, clock.nowMs())
  assert.equal(shares()['api/new'], 0)
  await clock.advance(1000)
  assert.ok(Math.abs(shares()['api/new']! - share(0.1)) <= 2)
})
