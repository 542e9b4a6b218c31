import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Cancellation, type Handler, Reply, Request } from '@archlab/runtime/kit'
import { FakeClock, fakeContext, settle } from '@archlab/runtime/testing'
import fc from 'fast-check'
import bulkhead from './bulkhead.ts'

const QUEUE_TIMEOUT_MS = 80
const OK = new Reply(200)

/** How a request ends once it has begun: at once by a reply or a throw, or when the test says so. */
type Manner = 'at once' | 'throws' | 'later'

interface Guest {
  id: number
  manner: Manner
  dueMs: number
}

/** The rules told with arrays. */
class ReferenceBulkhead {
  running: Guest[] = []
  line: Guest[] = []
  begun: number[] = []
  counts = { allowed: 0, rejected: 0, queued: 0, timed_out: 0, left: 0 }
  readonly #max: number
  readonly #queue: number
  readonly #order: string

  constructor(max: number, queue: number, order: string) {
    this.#max = max
    this.#queue = queue
    this.#order = order
  }

  arrive(guest: Guest): void {
    if (this.running.length < this.#max) this.#begin(guest)
    else if (this.line.length < this.#queue) {
      this.counts.queued += 1
      this.line.push(guest)
    } else this.counts.rejected += 1
  }

  end(id: number): void {
    this.running = this.running.filter(guest => guest.id !== id)
    while (this.running.length < this.#max && this.line.length > 0) {
      this.#begin(this.#order === 'fifo' ? this.line.shift()! : this.line.pop()!)
    }
  }

  cancel(id: number): void {
    this.counts.left += this.#dismiss(guest => guest.id === id)
  }

  time(nowMs: number): void {
    this.counts.timed_out += this.#dismiss(guest => guest.dueMs <= nowMs)
  }

  #begin(guest: Guest): void {
    this.counts.allowed += 1
    this.begun.push(guest.id)
    if (guest.manner === 'later') this.running.push(guest)
  }

  #dismiss(who: (guest: Guest) => boolean): number {
    const before = this.line.length
    this.line = this.line.filter(guest => !who(guest))
    return before - this.line.length
  }
}

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constant('arrive' as const),
      manner: fc.constantFrom<Manner>('later', 'later', 'later', 'at once', 'throws'),
      // Between two steps of time, so that what falls due together does so by intent only.
      deadlineMs: fc.option(
        fc.integer({ min: 0, max: 10 }).map(count => count * 8 + 4),
        { nil: Number.POSITIVE_INFINITY },
      ),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constantFrom('complete' as const, 'complete' as const, 'fail' as const, 'cancel' as const),
      which: fc.nat(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('wait' as const), ms: fc.nat(6).map(count => count * 8) }) },
)

test('never too many at once, no turn lost, nobody out of order, whatever happens in whatever order', async () => {
  const options = fc.record({
    max: fc.integer({ min: 1, max: 3 }),
    queue: fc.nat(4),
    order: fc.constantFrom('fifo', 'lifo'),
  })
  await fc.assert(
    fc.asyncProperty(options, fc.array(step, { maxLength: 60 }), async ({ max, queue, order }, steps) => {
      const clock = new FakeClock(0)
      const settings = { 'max-concurrent': max, queue, order, 'queue-timeout': `${QUEUE_TIMEOUT_MS}ms` }
      const context = fakeContext(bulkhead, { settings, clock })
      const model = new ReferenceBulkhead(max, queue, order)
      const calls = new Map<number, PromiseWithResolvers<Reply>>()
      const cancellations: Cancellation[] = []
      const manners: Manner[] = []
      const outcomes: Promise<unknown>[] = []
      const begun: number[] = []
      let inside = 0

      const next: Handler = request => {
        const id = Number(request.path)
        begun.push(id)
        assert.ok(inside < max, `${inside} inside, ${id} comes in`)
        if (manners[id] === 'throws') throw new Error('broken')
        if (manners[id] === 'at once') return OK
        inside += 1
        const call = Promise.withResolvers<Reply>()
        calls.set(id, call)
        return call.promise
      }
      const handler = (await bulkhead.create(context))(next)
      const end = (id: number, how: 'complete' | 'fail'): void => {
        inside -= 1
        if (how === 'complete') calls.get(id)!.resolve(OK)
        else calls.get(id)!.reject(new Error('broken'))
        calls.delete(id)
        model.end(id)
      }

      for (const one of steps) {
        if (one.type === 'arrive') {
          const id = manners.push(one.manner) - 1
          const cancellation = new Cancellation()
          cancellations.push(cancellation)
          const deadlineMs = clock.nowMs() + one.deadlineMs
          const request = new Request({ method: 'GET', path: String(id), deadlineMs, cancellation })
          outcomes.push((async () => handler(request))().catch(() => 'failed'))
          model.arrive({ id, manner: one.manner, dueMs: Math.min(deadlineMs, clock.nowMs() + QUEUE_TIMEOUT_MS) })
        } else if (one.type === 'wait') {
          await clock.advance(one.ms)
          model.time(clock.nowMs())
        } else if (one.type === 'cancel') {
          const id = one.which % (cancellations.length || 1)
          cancellations[id]?.cancel()
          model.cancel(id)
        } else if (calls.size > 0) {
          end([...calls.keys()][one.which % calls.size]!, one.type)
        }
        await settle()
        assert.deepEqual(begun, model.begun)
        assert.deepEqual([context.gauge.running.value, context.gauge.waiting.value], [inside, model.line.length])
        assert.ok(inside === max || model.line.length === 0, 'somebody waits though there is room')
        for (const [name, meter] of Object.entries(context.count)) {
          assert.equal(meter.value, model.counts[name as keyof typeof model.counts], name)
        }
      }

      while (calls.size > 0) {
        end(calls.keys().next().value!, 'complete')
        await settle()
      }
      await Promise.all(outcomes)
      assert.deepEqual([context.gauge.running.value, context.gauge.waiting.value], [0, 0])
      await context.scope.close()
      assert.equal(clock.pending, 0)
    }),
    { numRuns: 400 },
  )
})
