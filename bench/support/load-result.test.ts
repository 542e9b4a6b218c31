import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseAutocannon, parseWrk } from './load-result.ts'

const WRK = `Running 5s test @ http://127.0.0.1:18999/
  1 threads and 32 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency   273.19us    0.92ms  13.86ms   95.97%
    Req/Sec    71.76k    33.93k   98.61k    72.73%
  Latency Distribution
     50%   85.00us
     75%  144.00us
     90%  364.00us
     99%    4.13ms
  78390 requests in 1.10s, 9.20MB read
Requests/sec:  71139.92
Transfer/sec:      8.34MB
`

test('the output of wrk gives rate, count and percentiles in milliseconds', () => {
  const result = parseWrk(WRK)
  assert.equal(result.requests, 78390)
  assert.equal(result.requestsPerSecond, 71139.92)
  assert.ok(Math.abs(result.p50Ms - 0.085) < 1e-12)
  assert.equal(result.p99Ms, 4.13)
  assert.equal(result.failedReplies, 0)
  assert.equal(result.socketErrors, 0)
})

test('the output of wrk with failures gives their counts, and seconds become milliseconds', () => {
  const text = WRK.replace('4.13ms', '1.25s').replace(
    'Requests/sec',
    '  Socket errors: connect 1, read 20, write 0, timeout 300\n  Non-2xx or 3xx responses: 94171\nRequests/sec',
  )
  const result = parseWrk(text)
  assert.equal(result.p99Ms, 1250)
  assert.equal(result.socketErrors, 321)
  assert.equal(result.failedReplies, 94171)
})

test('a text that wrk did not print is refused with its beginning', () => {
  assert.throws(() => parseWrk('unable to connect to 127.0.0.1:1'), /unable to connect/)
  assert.throws(() => parseWrk(WRK.replace(/ +99%.*\n/, '')), /no 99%/)
})

test('the output of autocannon gives the same fields', () => {
  const text = JSON.stringify({
    duration: 2,
    errors: 1,
    timeouts: 2,
    non2xx: 3,
    requests: { total: 100 },
    latency: { p50: 1, p99: 7 },
  })
  assert.deepEqual(parseAutocannon(text), {
    requests: 100,
    requestsPerSecond: 50,
    p50Ms: 1,
    p99Ms: 7,
    failedReplies: 3,
    socketErrors: 3,
  })
  assert.throws(() => parseAutocannon('{"requests":{}}'), /requests\.total/)
})
