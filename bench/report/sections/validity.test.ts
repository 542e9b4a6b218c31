import assert from 'node:assert/strict'
import { test } from 'node:test'
import { figure } from './validity.ts'

const told = (key: string, value: number | string | null): string => {
  const { term, text } = figure(key, value)
  return `${term}: ${text.replaceAll('\u00a0', ' ')}`
}

test('figures of checks have their names in words and their values with the unit that the name ends in', () => {
  assert.equal(told('latenessP999Ms', 2.684), 'lateness p99.9: 2.68 ms')
  assert.equal(told('busyRatio', 0.02561), 'busy ratio: 2.6 %')
  assert.equal(told('unsentShare', 0), 'unsent share: 0 %')
  assert.equal(told('plannedPerSecond', 45.75), 'planned per second: 45.75')
  assert.equal(told('pValue', 0.43812), 'p value: 0.4381')
  assert.equal(told('dropped', 12_000), 'dropped: 12,000')
  assert.equal(told('bottleneck', 'lab'), 'bottleneck: lab')
  assert.equal(told('limitMs', null), 'limit: none')
})
