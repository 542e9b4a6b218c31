import assert from 'node:assert/strict'
import { test } from 'node:test'
import { headers, Request } from '@archlab/runtime/kit'
import { urgencyOf } from './urgency.ts'

const urgency = (...priority: string[]): number =>
  urgencyOf(new Request({ method: 'GET', path: '/', headers: priority.length > 0 ? headers({ priority }) : '' }))

test('the urgency is the member u of the Priority field, 0 to 7', () => {
  for (let u = 0; u <= 7; u++) assert.equal(urgency(`u=${u}`), u)
  assert.equal(urgency('u=5, i'), 5)
  assert.equal(urgency('i,u=1'), 1)
  assert.equal(urgency('i;x=2 , u=2;y="u"'), 2)
  assert.equal(urgency('i', 'u=6'), 6)
})

test('without an urgency, or with one that is none, it is 3', () => {
  assert.equal(urgency(), 3)
  for (const field of ['', 'i', 'u', 'u=8', 'u=-1', 'u=1.5', 'u=11', 'u="1"', 'U=1', 'xu=1', 'a="u=1"']) {
    assert.equal(urgency(field), 3, field)
  }
})

test('of several urgencies the last counts', () => {
  assert.equal(urgency('u=1, u=6'), 6)
  assert.equal(urgency('u=1', 'u=0'), 0)
  assert.equal(urgency('u=1, u=9'), 3)
})
