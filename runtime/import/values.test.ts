import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseDuration, parseRatio, parseSize, UnitError } from '../kit/index.ts'
import { decimal, durationText, parseDockerSize, parseGoDuration, parseShare, ratioText, sizeText } from './values.ts'

test('durations are read as Go reads them', () => {
  const cases: [string | number, number][] = [
    ['10ms', 10],
    ['1.5s', 1500],
    ['1m30s', 90_000],
    ['1h0.5s', 3_600_500],
    ['250us', 0.25],
    ['250µs', 0.25],
    ['100ns', 0.0001],
    ['+2s', 2000],
    ['.5s', 500],
    ['0', 0],
    ['0s', 0],
  ]
  for (const [text, ms] of cases) assert.equal(parseGoDuration(text), ms, String(text))
  for (const text of ['', '10', 10, '10 ms', '-5ms', '5d', 'ms', '1..5s', '5 s']) {
    assert.throws(() => parseGoDuration(text), UnitError, String(text))
  }
})

test('sizes are read as Docker reads them: every prefix is binary', () => {
  const cases: [string | number, number][] = [
    [0, 0],
    [128, 128],
    ['128', 128],
    ['128B', 128],
    ['1 KB', 1024],
    ['1KiB', 1024],
    ['10K', 10_240],
    ['16mb', 16 * 1024 ** 2],
    ['1.5k', 1536],
    ['.5k', 512],
    ['2G', 2 * 1024 ** 3],
  ]
  for (const [text, bytes] of cases) assert.equal(parseDockerSize(text), bytes, String(text))
  for (const text of ['', 'KB', '1  KB', '-1', -1, 1.5, '1XB', '1 2']) {
    assert.throws(() => parseDockerSize(text), UnitError, String(text))
  }
})

test('percentages are read from text with a sign, and shares from numbers', () => {
  const cases: [string | number, number][] = [
    ['0.01%', 0.0001],
    ['7%', 0.07],
    ['100%', 1],
    [0, 0],
    [0.1, 0.1],
    [1, 1],
  ]
  for (const [text, share] of cases) assert.equal(parseShare(text), share, String(text))
  for (const text of ['5', '', '%', '101%', '-1%', 1.01, -0.1, '1..2%']) {
    assert.throws(() => parseShare(text), UnitError, String(text))
  }
})

test('numbers are written without exponents and without the noise of binary fractions', () => {
  assert.equal(decimal(0.1 + 0.2), '0.3')
  assert.equal(decimal(1e-7), '0.0000001')
  assert.equal(ratioText(0.07), '7%')
  assert.equal(ratioText(0.0001), '0.01%')
  assert.equal(durationText(90_000), '90s')
  assert.equal(durationText(1500), '1500ms')
  assert.equal(durationText(0.25), '250us')
  assert.equal(sizeText(2048), '2kb')
  assert.equal(sizeText(1500), '1500b')
  assert.equal(sizeText(0), '0b')
})

test('what is written is read by the topology as the same value', () => {
  const close = (left: number, right: number): void =>
    assert.ok(Math.abs(left - right) <= 1e-11 * Math.max(1, Math.abs(right)), `${left} ${right}`)
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.double({ min: 0, max: 1e9, noNaN: true }),
      (ratio, ms) => {
        close(parseRatio(ratioText(ratio)), ratio)
        const read = parseDuration(durationText(ms))
        assert.ok(Math.abs(read - ms) <= 1e-11 * Math.max(1, ms), `${ms} ${durationText(ms)}`)
      },
    ),
  )
  fc.assert(fc.property(fc.nat(2 ** 31 - 1), bytes => assert.equal(parseSize(sizeText(bytes)), bytes)))
})
