import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Cancellation, Reply, Request } from '@archlab/runtime/kit'
import { FakeClock, fakeContext, settle } from '@archlab/runtime/testing'
import fc from 'fast-check'
import hedge from './hedge.ts'

/** What happens next: time passes, a call gets a reply or breaks, or the caller leaves. */
const anyEvent = fc.oneof(
  fc.record({ type: fc.constant('time' as const), byMs: fc.integer({ min: 1, max: 30 }) }),
  fc.record({
    type: fc.constant('reply' as const),
    call: fc.nat(1),
    status: fc.constantFrom(200, 200, 404, 429, 500, 503),
  }),
  fc.record({ type: fc.constant('break' as const), call: fc.nat(1) }),
  fc.constant({ type: 'leave' as const }),
)

test('whatever comes in whatever order: one outcome, nothing left under way, and the counters add up', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyEvent, { maxLength: 8 }), fc.boolean(), async (events, affordable) => {
      const clock = new FakeClock()
      const settings = { after: '20ms', 'budget-floor': affordable ? 1 : 0 }
      const context = fakeContext(hedge, { clock, settings })
      const calls: { request: Request; answer(reply: Reply): void; fail(error: Error): void; over: boolean }[] = []
      const handler = (await hedge.create(context))(request => {
        const { promise, resolve, reject } = Promise.withResolvers<Reply>()
        calls.push({ request, answer: resolve, fail: reject, over: false })
        return promise
      })
      const cancellation = new Cancellation()
      const request = new Request({ method: 'GET', path: '/', arrivedAtMs: clock.nowMs(), cancellation })
      const outcomes: unknown[] = []
      Promise.resolve(handler(request)).then(
        reply => outcomes.push(reply.status),
        error => outcomes.push(error.message),
      )
      const over = (at: number): (typeof calls)[number] | undefined => {
        const call = calls[at]
        if (call) call.over = true
        return call
      }
      for (const event of [...events, ...[0, 1].map(call => ({ type: 'reply' as const, call, status: 200 }))]) {
        if (event.type === 'time') await clock.advance(event.byMs)
        else if (event.type === 'leave') cancellation.cancel()
        else if (event.type === 'reply') over(event.call)?.answer(new Reply(event.status))
        else over(event.call)?.fail(new Error('broken'))
        await settle()
        const underWay = calls.filter(call => !call.over && !call.request.cancellation.cancelled)
        assert.equal(outcomes.length, underWay.length > 0 ? 0 : 1)
      }
      await clock.advance(100)
      assert.equal(outcomes.length, 1)
      assert.equal(clock.pending, 0)
      assert.ok(calls.length <= (affordable ? 2 : 1))
      const { allowed, hedged, budget_refused: refused } = context.count
      assert.equal(allowed.value + hedged.value + refused.value, 1)
      assert.equal(hedged.value, calls.length - 1)
    }),
    { numRuns: 300 },
  )
})
