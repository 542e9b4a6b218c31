import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { LAST_SCALAR_VALUE, scalarValue } from '../testing/scalar-value.ts'
import { compileMatch, compilePath, covers, type Match, matchText, methodFits, parseMatch } from './match.ts'

const match = (text: string): Match => {
  const parsed = parseMatch(text)
  assert.ok(typeof parsed !== 'string', `${text}: ${parsed}`)
  return parsed
}

test('a match is a method and a path, or a path alone for any method', () => {
  assert.deepEqual(parseMatch('GET /data'), { method: 'GET', path: '/data' })
  assert.deepEqual(parseMatch('  POST   /cache/:key '), { method: 'POST', path: '/cache/:key' })
  assert.deepEqual(parseMatch('/orders/*'), { method: '*', path: '/orders/*' })
  assert.deepEqual(parseMatch('* /'), { method: '*', path: '/' })
})

test('what is not a match is answered with a sentence', () => {
  for (const text of [
    '',
    '   ',
    'GET',
    'get /data',
    'G3T /data',
    'GET data',
    'GET /data now',
    'GET /data?x=1',
    '/data#top',
    '/*/data',
    '/a*',
    '/a*b',
    '/**',
    '/a/*/*',
    '/cache/:',
    '/:a/:a',
  ]) {
    assert.equal(typeof parseMatch(text), 'string', `"${text}" is taken for a match`)
  }
})

test('any text is either a match, whose text form reads back as the same, or answered with a sentence', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.stringMatching(/^(GET |\* )?\/[a-z:*/ ]{0,8}$/)), text => {
      const parsed = parseMatch(text)
      if (typeof parsed === 'string') assert.ok(parsed.length > 0)
      else assert.deepEqual(parseMatch(matchText(parsed)), parsed)
    }),
  )
})

const literal = fc.constantFrom('', 'a', 'b', 'a:b', '%41', '%zz', '..', 'x')
const segment = fc.oneof(literal, fc.constantFrom(':p', ':q', ':r'))
const pattern = fc.record({
  method: fc.constantFrom('*', 'GET', 'HEAD', 'POST'),
  path: fc
    .tuple(fc.array(segment, { minLength: 1, maxLength: 4 }), fc.boolean())
    .map(([segments, star]) => `/${[...segments, ...(star ? ['*'] : [])].join('/')}`),
})
const given = fc.constantFrom('', 'a', 'b', 'c', 'a%2Fb', '%41', '%zz', '..')

/** Requests that a pattern matches: parameters and the star are filled with anything. */
function requestOf(of: Match, fill: readonly string[], method: string): { method: string; path: string } {
  const segments = of.path.split('/').slice(1)
  const filled = segments.flatMap((one, at) => {
    if (one === '*') return fill.slice(at).concat('last')
    return one.startsWith(':') ? [fill[at]!] : [one]
  })
  return { method: of.method === '*' ? method : of.method, path: `/${filled.join('/')}` }
}

test('when one match covers another, every request of the narrow one is matched by the wide one', () => {
  let covered = 0
  const fill = fc.array(given, { minLength: 6, maxLength: 8 })
  fc.assert(
    fc.property(pattern, pattern, fill, fc.constantFrom('GET', 'HEAD', 'PUT'), (wide, narrow, values, method) => {
      fc.pre(covers(wide, narrow))
      const request = requestOf(narrow, values, method)
      fc.pre(compileMatch(narrow)(request))
      covered++
      assert.ok(compileMatch(wide)(request), `${matchText(wide)} does not match ${request.method} ${request.path}`)
    }),
    { numRuns: 500, maxSkipsPerRun: 1000 },
  )
  assert.ok(covered >= 500)
})

test('covering is not claimed where a request of the narrow match escapes the wide one', () => {
  for (const [wide, narrow] of [
    ['GET /a', '/a'],
    ['GET /a', 'POST /a'],
    ['HEAD /a', 'GET /a'],
    ['/a/:x', '/a/'],
    ['/:x', '/%zz'],
    ['/a/*', '/a'],
    ['/a', '/:x'],
    ['/a/:x', '/a/*'],
    ['/a/:x', '/a/b/c'],
  ] as const) {
    assert.equal(covers(match(wide), match(narrow)), false, `${wide} covers ${narrow}`)
  }
})

test('covering is claimed for the same, for any method, for HEAD under GET, for parameters and for what lies below', () => {
  for (const [wide, narrow] of [
    ['GET /a', 'GET /a'],
    ['/a', 'GET /a'],
    ['GET /a', 'HEAD /a'],
    ['/a/:x', '/a/b'],
    ['/a/:x', '/a/:y'],
    ['/a/*', '/a/b/c'],
    ['/a/*', '/a/:x'],
    ['/a/*', '/a/*'],
    ['/*', '/'],
  ] as const) {
    assert.equal(covers(match(wide), match(narrow)), true, `${wide} does not cover ${narrow}`)
  }
})

test('parameters are percent-decoded, and a broken escape does not match', () => {
  const path = compilePath('/cache/:key/of/:owner')
  assert.deepEqual(path('/cache/my%20data/of/%C3%A4'), { key: 'my data', owner: 'ä' })
  for (const broken of ['%', '%4', '%zz', '%c3', '%ff', '%ed%a0%80']) {
    assert.equal(path(`/cache/${broken}/of/x`), undefined, broken)
  }
})

test('an encoded slash stays inside its segment', () => {
  assert.deepEqual(compilePath('/cache/:key')('/cache/a%2Fb'), { key: 'a/b' })
  assert.equal(compilePath('/cache/:a/:b')('/cache/a%2Fb'), undefined)
  assert.equal(compilePath('/a/b')('/a%2Fb'), undefined)
})

test('dots have no meaning: a path is never climbed', () => {
  assert.deepEqual(compilePath('/cache/:key')('/cache/..'), { key: '..' })
  assert.deepEqual(compilePath('/cache/:key')('/cache/%2e%2e'), { key: '..' })
  assert.equal(compilePath('/admin')('/data/../admin'), undefined)
  assert.equal(compilePath('/admin')('/./admin'), undefined)
  assert.equal(compilePath('/cache/:key')('/cache/a/../b'), undefined)
})

test('segments are counted exactly: empty ones are segments, and no parameter is empty', () => {
  const one = compilePath('/a/:x')
  assert.equal(one('/a/'), undefined)
  assert.equal(one('/a'), undefined)
  assert.equal(one('//a/b'), undefined)
  assert.equal(one('/a/b/'), undefined)
  assert.equal(compilePath('/a')('/a/'), undefined)
  assert.equal(compilePath('/a')('/A'), undefined)
})

test('a last star matches anything below, but not the folder itself', () => {
  const below = compilePath('/orders/:id/*')
  assert.deepEqual(below('/orders/7/lines'), { id: '7' })
  assert.deepEqual(below('/orders/7/lines/1/x'), { id: '7' })
  assert.deepEqual(below('/orders/7/'), { id: '7' })
  assert.equal(below('/orders/7'), undefined)
  assert.deepEqual(compilePath('/*')('/'), {})
})

test('a parameter with the name of an inherited property is found only where the path has it', () => {
  assert.deepEqual(Object.keys(compilePath('/:constructor')('/x')!), ['constructor'])
})

test('any path is either matched or not, without an exception', () => {
  fc.assert(
    fc.property(pattern, fc.string({ unit: fc.nat(LAST_SCALAR_VALUE).map(scalarValue) }), (of, path) => {
      compileMatch(of)({ method: 'GET', path: `/${path}` })
      compileMatch(of)({ method: 'GET', path })
    }),
  )
})

test('HEAD fits where GET is wanted, and any method fits a star', () => {
  assert.equal(methodFits('GET', 'HEAD'), true)
  assert.equal(methodFits('HEAD', 'GET'), false)
  assert.equal(methodFits('POST', 'HEAD'), false)
  assert.equal(methodFits('*', 'PURGE'), true)
  assert.equal(methodFits('POST', 'POST'), true)
})
