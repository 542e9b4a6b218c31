import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Reply, Request } from '../../kit/index.ts'
import {
  type Batch,
  packReply,
  packRequest,
  REPLY_STRIDE,
  REQUEST_STRIDE,
  unpackReply,
  unpackRequest,
} from './channel-wire.ts'

const token = fc.stringMatching(/^[A-Z]{1,8}$/)
const path = fc.stringMatching(/^\/[!-"$->@-~]{0,30}$/)
const query = fc.stringMatching(/^[!-"$-~]{0,20}$/)
const body = fc.oneof(fc.string(), fc.uint8Array())

test('a request crosses a channel unchanged, at any place in the batch', () => {
  fc.assert(
    fc.property(token, path, query, body, fc.boolean(), (method, path, query, body, traced) => {
      const batch: Batch = []
      const request = new Request({
        method,
        path,
        query,
        body,
        headers: '\naccept: */*',
        deadlineMs: 12.5,
        trace: traced ? { entries: [] } : undefined,
      })
      packRequest(batch, 1, new Request({ method: 'GET', path: '/first' }), '')
      packRequest(batch, 2, request, 'parent')
      const got = unpackRequest(structuredClone(batch), REQUEST_STRIDE, 99)
      assert.deepEqual(
        [got.method, got.path, got.query, got.body, got.headers, got.deadlineMs, got.traceparent, got.arrivedAtMs],
        [method, path, query, body, '\naccept: */*', 12.5, 'parent', 99],
      )
      assert.equal(got.trace !== undefined, traced)
    }),
  )
})

test('a reply crosses a channel unchanged, with and without timing', () => {
  fc.assert(
    fc.property(fc.integer({ min: 200, max: 599 }), body, fc.constantFrom('', 'a-0;dur=1'), (status, body, timing) => {
      const batch: Batch = []
      packReply(batch, 1, new Reply(200), 'x/0', '')
      packReply(batch, 2, new Reply(status, '\na: b\na: c', body), 'y/1', timing)
      const got = unpackReply(structuredClone(batch), REPLY_STRIDE)
      assert.deepEqual(
        [got.status, got.headers, got.body, got.replica, got.timing],
        [status, '\na: b\na: c', body, 'y/1', timing],
      )
    }),
  )
})
