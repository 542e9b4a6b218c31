import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { forwarded, headerEach, headerGet, headerList, headers, Request } from './index.ts'

const request = (client: string, fields: Record<string, string | string[]> = {}): Request =>
  new Request({ method: 'POST', path: '/a', query: 'b=c', body: 'd', client, headers: headers(fields) })

test('a request that no proxy has touched gets all three fields and keeps the rest', () => {
  const sent = forwarded(request('127.0.0.1', { accept: '*/*' }))
  assert.equal(
    sent.headers,
    '\naccept: */*\nx-forwarded-for: 127.0.0.1\nx-forwarded-proto: http\nforwarded: for=127.0.0.1;proto=http',
  )
  assert.deepEqual(
    [sent.method, sent.path, sent.query, sent.body, sent.client],
    ['POST', '/a', 'b=c', 'd', '127.0.0.1'],
  )
})

test('a second proxy appends to the lists of the first in one line each', () => {
  const sent = forwarded(forwarded(request('127.0.0.1')).with({ client: '10.0.0.9' }))
  assert.equal(
    sent.headers,
    '\nx-forwarded-for: 127.0.0.1, 10.0.0.9\nx-forwarded-proto: http\n' +
      'forwarded: for=127.0.0.1;proto=http, for=10.0.0.9;proto=http',
  )
})

test('an IPv6 client is quoted and bracketed in Forwarded and plain in X-Forwarded-For', () => {
  const sent = forwarded(request('::1'))
  assert.equal(sent.header('x-forwarded-for'), '::1')
  assert.equal(sent.header('forwarded'), 'for="[::1]";proto=http')
})

test('a client that is no IP address is called unknown', () => {
  for (const client of ['', 'edge/0', '127.0.0.1, 6.6.6.6', 'x\ny: z']) {
    const sent = forwarded(request(client))
    assert.equal(sent.header('x-forwarded-for'), 'unknown')
    assert.equal(sent.header('forwarded'), 'for=unknown;proto=http')
  }
})

test('a protocol that an earlier proxy has told is kept', () => {
  const sent = forwarded(request('127.0.0.1', { 'x-forwarded-proto': 'https' }))
  assert.equal(headerList(sent.headers, 'x-forwarded-proto'), 'https')
  assert.equal(sent.header('x-forwarded-for'), '127.0.0.1')
})

test('a list that came in several lines becomes one line in order', () => {
  const sent = forwarded(request('9.9.9.9', { 'x-forwarded-for': ['1.1.1.1', '2.2.2.2, 3.3.3.3'], 'x-a': '1' }))
  assert.equal(headerGet(sent.headers, 'x-forwarded-for'), '1.1.1.1, 2.2.2.2, 3.3.3.3, 9.9.9.9')
  assert.equal(headerList(sent.headers, 'x-forwarded-for'), headerGet(sent.headers, 'x-forwarded-for'))
})

test('whatever the fields, the last member is the client and every other field stays as it was', () => {
  const name = fc.constantFrom(
    'x-forwarded-for',
    'forwarded',
    'x-forwarded-proto',
    'via',
    'x-forwarded-host',
    'x-forwarded',
  )
  const value = fc.constantFrom('a', 'for=b', 'c, d', 'x-forwarded-for: 1', '"q"')
  fc.assert(
    fc.property(fc.array(fc.tuple(name, value), { maxLength: 8 }), fc.ipV4(), (fields, client) => {
      const block = fields.map(([key, text]) => `\n${key}: ${text}`).join('')
      const sent = forwarded(new Request({ method: 'GET', path: '/', headers: block, client })).headers
      const before = (key: string): string =>
        fields
          .filter(([other]) => other === key)
          .map(([, text]) => `${text}, `)
          .join('')
      assert.equal(headerGet(sent, 'x-forwarded-for'), `${before('x-forwarded-for')}${client}`)
      assert.equal(headerGet(sent, 'forwarded'), `${before('forwarded')}for=${client};proto=http`)
      const others = (text: string): string[] => {
        const kept: string[] = []
        headerEach(text, (key, one) => {
          if (key === 'via' || key === 'x-forwarded-host' || key === 'x-forwarded') kept.push(`${key}=${one}`)
        })
        return kept
      }
      assert.deepEqual(others(sent), others(block))
    }),
  )
})

test('more clients than the table holds are all told apart', () => {
  for (let at = 0; at < 3000; at++) {
    const client = `10.0.${at >> 8}.${at & 255}`
    assert.equal(forwarded(request(client)).header('x-forwarded-for'), client)
  }
})
