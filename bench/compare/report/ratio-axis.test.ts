import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ratioAxis } from './ratio-axis.ts'

test('an axis holds its ratios in order, is labelled at 1, and its labels do not touch', () => {
  const ratios = fc.array(fc.double({ min: 1e-7, max: 1e7, noNaN: true }), { maxLength: 6 })
  fc.assert(
    fc.property(ratios, found => {
      const axis = ratioAxis(found, [100, 900])
      const places = found.toSorted((left, right) => left - right).map(axis.at)
      assert.ok(places.every((place, at) => place >= 100 && place <= 900 && (at === 0 || place >= places[at - 1]!)))
      const ticks = axis.ticks.map(({ ratio }) => axis.at(ratio))
      assert.ok(axis.ticks.some(({ ratio, text }) => ratio === 1 && text === 'the same'))
      assert.ok(ticks.every((place, at) => at === 0 || place - ticks[at - 1]! > 60))
    }),
  )
})

test('labels say round changes near to 1, and multiples far from it', () => {
  const texts = (ratios: number[]): string[] =>
    ratioAxis(ratios, [0, 900]).ticks.map(({ text }) => text.replaceAll('\u00a0', ' '))
  assert.deepEqual(texts([0.9, 1.1]), ['−10 %', '−5 %', '−2 %', 'the same', '+2 %', '+5 %', '+10 %'])
  assert.ok(texts([0.001]).includes('× 1/100'))
})
