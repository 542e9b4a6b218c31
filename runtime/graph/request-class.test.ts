import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { compileMatch, matchText, parseMatch } from '../kit/index.ts'
import { chooseEndpoint, intersect } from './request-class.ts'

function match(text: string) {
  const read = parseMatch(text)
  if (typeof read === 'string') throw new Error(read)
  return read
}

test('the requests that two matches share', () => {
  const cases: [string, string, string | null][] = [
    ['/*', 'GET /data', 'GET /data'],
    ['GET /orders/*', '/orders/:id/lines', 'GET /orders/:id/lines'],
    ['GET /orders/:id', 'GET /orders/new', 'GET /orders/new'],
    ['GET /a', 'POST /a', null],
    ['GET /a', 'HEAD /a', 'HEAD /a'],
    ['/a/b', '/a', null],
    ['/a/*', '/a', null],
    ['/a/*', '/*', '/a/*'],
    ['/:x/b', '/a/:y', '/a/b'],
    ['/:x', '/', null],
  ]
  for (const [left, right, expected] of cases) {
    for (const found of [intersect(match(left), match(right)), intersect(match(right), match(left))]) {
      assert.equal(found && matchText(found), expected, `${left} and ${right}`)
    }
  }
})

test('a request fits the intersection of two matches exactly when it fits both', () => {
  const method = fc.constantFrom('*', 'GET', 'HEAD', 'POST')
  const segment = fc.constantFrom('a', 'b', '', ':x', ':y')
  const path = fc.tuple(fc.array(segment, { minLength: 1, maxLength: 3 }), fc.boolean()).map(([parts, open]) => {
    const unique = parts.map((part, at) => (part.startsWith(':') ? `:p${at}` : part))
    return `/${[...unique, ...(open ? ['*'] : [])].join('/')}`
  })
  const matches = fc.record({ method, path })
  const requests = fc.record({
    method: fc.constantFrom('GET', 'HEAD', 'POST', 'PUT'),
    path: fc
      .array(fc.constantFrom('a', 'b', '', 'c'), { minLength: 1, maxLength: 4 })
      .map(parts => `/${parts.join('/')}`),
  })
  fc.assert(
    fc.property(matches, matches, requests, (left, right, request) => {
      const both = compileMatch(left)(request) && compileMatch(right)(request)
      const common = intersect(left, right)
      assert.equal(common !== null && compileMatch(common)(request), both)
    }),
  )
})

test('the endpoint is the first that takes the whole class, else the first that takes some of it', () => {
  const endpoints = ['GET /a/new', 'GET /a/:id', '/b/*'].map(text => ({ match: match(text) }))
  const choose = (text: string, certain = true): string | undefined => {
    const chosen = chooseEndpoint(endpoints, { ...match(text), certain })
    return chosen ? `${matchText(chosen.endpoint.match)} with ${matchText(chosen.request)}` : undefined
  }
  assert.equal(choose('GET /a/new'), 'GET /a/new with GET /a/new')
  assert.equal(choose('GET /a/:x'), 'GET /a/:id with GET /a/:x')
  assert.equal(choose('/*'), 'GET /a/new with GET /a/new')
  assert.equal(choose('POST /b/c'), '/b/* with POST /b/c')
  assert.equal(choose('POST /a/new'), undefined)
  assert.equal(choose('POST /a/new', false), 'GET /a/new with GET /a/new')
})
