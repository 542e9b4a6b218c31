import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Cancellation, type Handler, headers, problem, Reply, type Request } from '@archlab/runtime/kit'
import { settle } from '@archlab/runtime/testing'
import fc from 'fast-check'
import { SILENT, subject } from './test-subject.ts'

const ORIGINS: Readonly<Record<string, Handler>> = {
  fine: () => new Reply(200, '', 'x'),
  later: async () => new Reply(200, '', 'x'),
  varying: async () => new Reply(200, '\nvary: accept', 'x'),
  private: async () => new Reply(200, '\nset-cookie: a=1', 'x'),
  absent: () => problem(404),
  down: async () => problem(503),
  silent: SILENT,
  throwing: () => {
    throw new Error('broken')
  },
  rejecting: () => Promise.reject(new Error('broken')),
}

const step = fc.record({
  origin: fc.constantFrom(...Object.keys(ORIGINS)),
  method: fc.constantFrom('GET', 'GET', 'GET', 'HEAD', 'PUT', 'OPTIONS'),
  path: fc.constantFrom('/a', '/b'),
  headers: fc.constantFrom('', headers({ authorization: 'x' }), headers({ accept: 'a' }), headers({ accept: 'b' })),
  noCache: fc.boolean(),
  waitMs: fc.constantFrom(0, 0, 100, 2000, 40_000),
  together: fc.integer({ min: 1, max: 4 }),
  leaves: fc.boolean(),
})

const settings = fc.record({
  ttl: fc.constantFrom('1s', '30s'),
  'stale-while-revalidate': fc.constantFrom('0s', '20s'),
  'stale-if-error': fc.constantFrom('0s', '60s'),
  'negative-ttl': fc.constantFrom('0s', '5s'),
  eviction: fc.constantFrom('lru', 'sieve', 's3-fifo'),
  'max-entries': fc.constantFrom(1, 3, 1000),
  'max-variants': fc.constantFrom(1, 8),
  'max-revalidations': fc.constantFrom(1, 64),
  coalesce: fc.boolean(),
})

test('decisions add up to the requests whatever comes, and nothing stays behind', async () => {
  await fc.assert(
    fc.asyncProperty(settings, fc.array(step, { maxLength: 25 }), fc.boolean(), async (one, steps, reportOnly) => {
      let behaviour = 'fine'
      const origin = (request: Request) => ORIGINS[behaviour]!(request)
      const { send, clock, counts, context } = await subject(one, { origin, reportOnly })
      let sent = 0
      for (const { method, path, headers: fields, noCache, waitMs, together, leaves, ...rest } of steps) {
        behaviour = rest.origin
        const cancellation = new Cancellation()
        const request = {
          method,
          cancellation,
          headers: fields + (noCache ? '\ncache-control: no-cache' : ''),
          deadlineMs: clock.nowMs() + 1000,
        }
        for (let at = 0; at < together; at++) {
          sent += 1
          new Promise(resolve => resolve(send(path, request))).catch((error: Error) =>
            assert.equal(error.message, 'broken'),
          )
        }
        await settle()
        if (leaves) cancellation.cancel()
        await clock.advance(waitMs)
      }
      await clock.advance(40_000)
      const { hit, miss, bypassed, stale, stale_on_error, coalesced, stored, negative } = counts()
      assert.equal(hit! + miss! + bypassed!, sent)
      assert.ok(stale! <= hit! && stale_on_error! <= miss! && coalesced! <= miss! && negative! <= stored!)
      await context.scope.close()
      await settle()
      assert.equal(clock.pending, 0)
    }),
    { numRuns: 150 },
  )
})
