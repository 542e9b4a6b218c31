import assert from 'node:assert/strict'
import { test } from 'node:test'
import { didYouMean, editDistance, nearest } from './did-you-mean.ts'

test('insertion, deletion, replacement and a swap of neighbours are one edit each', () => {
  for (const word of ['orderss', 'order', 'ordert', 'odrers']) assert.equal(editDistance(word, 'orders'), 1)
  assert.equal(editDistance('', 'abc'), 3)
  assert.equal(editDistance('kitten', 'sitting'), 3)
})

test('the nearest candidate is suggested only when it is near', () => {
  assert.equal(nearest('gatway', ['database', 'gateway']), 'gateway')
  assert.equal(nearest('REPLICAS', ['replicas']), 'replicas')
  assert.equal(nearest('body_limit', ['body-limit']), 'body-limit')
  assert.equal(nearest('x', ['a', 'b']), undefined)
  assert.equal(nearest('kafka', ['gateway', 'database']), undefined)
  assert.equal(nearest('', ['a']), undefined)
})

test('a hint lists what exists, and at most thirty of it', () => {
  assert.equal(didYouMean('cash', ['cache', 'login']), 'did you mean "cache"? there are: cache, login')
  assert.equal(didYouMean('x', []), 'there are none')
  const many = Array.from({ length: 40 }, (_, index) => `component-${index}`)
  assert.match(didYouMean('', many), /component-29, and 10 more$/)
})
