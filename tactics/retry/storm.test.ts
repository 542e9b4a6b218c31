import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compose, Reply, Request } from '@archlab/runtime/kit'
import { FakeClock, fakeContext } from '@archlab/runtime/testing'
import retry from './retry.ts'

/** Retries in three layers, one behind the other, in front of what always fails. */
async function threeLayers(settings: Record<string, unknown>) {
  const clock = new FakeClock()
  const contexts = ['edge/0', 'gateway/0', 'service/0'].map(replica => fakeContext(retry, { clock, settings, replica }))
  const wraps = await Promise.all(contexts.map(context => retry.create(context)))
  let calls = 0
  const handler = compose(wraps, async () => {
    calls += 1
    return new Reply(503)
  })
  const send = () => handler(new Request({ method: 'GET', path: '/', arrivedAtMs: clock.nowMs() }))
  /** Calls that each layer made for one that it got, from the outermost to the innermost. */
  const factors = (): number[] => {
    const extra = contexts.map(({ count }) => count.retried.value)
    const got: number[] = []
    let arriving = calls
    for (const retried of extra.toReversed()) {
      arriving -= retried
      got.unshift((arriving + retried) / arriving)
    }
    return got
  }
  return { clock, send, calls: () => calls, factors }
}

test('without a budget three layers of three retries make 64 calls of one', async () => {
  const { clock, send, calls } = await threeLayers({ attempts: 4, budget: 'unlimited' })
  const reply = send()
  await clock.advance(60_000)
  assert.equal((await reply).status, 503)
  assert.equal(calls(), 64)
})

test('with a budget no layer makes more than 1.2 calls of one, and neither do all three together', async () => {
  const { clock, send, calls, factors } = await threeLayers({ attempts: 4, budget: '20%', 'budget-floor': 0 })
  const requests = 5000
  for (let sent = 0; sent < requests; sent++) {
    void send()
    await clock.advance(10)
  }
  await clock.advance(60_000)
  for (const factor of factors()) assert.ok(factor <= 1.2, `${factors()}`)
  // Budgets alone would allow 1.2³ = 1.73; the Retry-After of the layer that has tried stops those further out.
  assert.ok(calls() / requests <= 1.2, `${calls() / requests}`)
  assert.ok(calls() / requests > 1.19, 'the budget is used')
})

test('the floor adds its few retries per ten seconds', async () => {
  const { clock, send, calls } = await threeLayers({ attempts: 4 })
  const requests = 5000
  for (let sent = 0; sent < requests; sent++) {
    void send()
    await clock.advance(10)
  }
  await clock.advance(60_000)
  // Three retries in each of the six windows, all of them made by the innermost layer.
  assert.ok(calls() <= requests * 1.2 + 6 * 3, `${calls()}`)
})
