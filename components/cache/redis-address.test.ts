import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { isRedis, type RedisAddress, readAddress } from './redis-address.ts'

const PLAIN = { cluster: false, tls: false, username: undefined, password: undefined, database: 0 }

test('an address of a Redis, of one with TLS, and of a cluster is taken apart', () => {
  const cases: Record<string, RedisAddress> = {
    'redis://localhost': { ...PLAIN, nodes: [{ host: 'localhost', port: 6379 }] },
    'redis://10.0.0.1:80/15': { ...PLAIN, nodes: [{ host: '10.0.0.1', port: 80 }], database: 15 },
    'REDISS://[::1]:7000/': { ...PLAIN, nodes: [{ host: '::1', port: 7000 }], tls: true },
    'redis://lab:p%40ss@cache.test:1': {
      ...PLAIN,
      nodes: [{ host: 'cache.test', port: 1 }],
      username: 'lab',
      password: 'p@ss',
    },
    'rediss-cluster://:secret@a:1,b': {
      ...PLAIN,
      nodes: [
        { host: 'a', port: 1 },
        { host: 'b', port: 6379 },
      ],
      cluster: true,
      tls: true,
      password: 'secret',
    },
  }
  for (const [text, address] of Object.entries(cases)) assert.deepEqual(readAddress(text), address, text)
})

test('what is no address is told without being quoted', () => {
  const wrong = [
    'redis:localhost',
    'redis://',
    'redis:///1',
    'redis://localhost/one',
    'redis://localhost/1/2',
    'redis://localhost/99999',
    'redis://localhost:99999',
    'redis://localhost?db=1',
    'redis://localhost#x',
    'redis://a,b',
    'redis-cluster://a,,b',
    'redis-cluster://a,b/1',
    'redis-cluster://',
  ]
  for (const text of wrong) {
    const problem = readAddress(text)
    assert.equal(typeof problem, 'string', text)
    assert.doesNotMatch(String(problem), /localhost|99999/)
  }
})

test('every user and password comes back as it was', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), fc.string({ minLength: 1 }), (username, password) => {
      const store = `redis://${encodeURIComponent(username)}:${encodeURIComponent(password)}@localhost/2`
      assert.deepEqual(readAddress(store), {
        ...PLAIN,
        nodes: [{ host: 'localhost', port: 6379 }],
        username,
        password,
        database: 2,
      })
    }),
  )
})

test('a path or a word is no Redis', () => {
  for (const store of ['memory', 'redis', './redis://x', 'postgres://localhost']) assert.equal(isRedis(store), false)
})
