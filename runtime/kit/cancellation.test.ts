import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Cancellation } from './cancellation.ts'

test('cancelling tells every listener once, in the order in which they came, and a second time nobody', () => {
  const cancellation = new Cancellation()
  const told: string[] = []
  cancellation.onCancel(() => told.push('first'))
  cancellation.onCancel(() => told.push('second'))
  assert.equal(cancellation.cancelled, false)
  cancellation.cancel()
  cancellation.cancel()
  assert.equal(cancellation.cancelled, true)
  assert.deepEqual(told, ['first', 'second'])
})

test('a listener that comes after the cancellation is told at once, and its unsubscription does nothing', () => {
  const cancellation = new Cancellation()
  cancellation.cancel()
  let told = 0
  cancellation.onCancel(() => {
    told++
  })()
  assert.equal(told, 1)
})

test('a listener that has unsubscribed is not told, and unsubscribing again does nothing', () => {
  const cancellation = new Cancellation()
  const told: string[] = []
  const unsubscribe = cancellation.onCancel(() => told.push('gone'))
  cancellation.onCancel(() => told.push('stays'))
  unsubscribe()
  unsubscribe()
  cancellation.cancel()
  unsubscribe()
  assert.deepEqual(told, ['stays'])
})

test('a listener that another listener unsubscribes is not told any more', () => {
  const cancellation = new Cancellation()
  const told: string[] = []
  let unsubscribe = (): void => {}
  cancellation.onCancel(() => unsubscribe())
  unsubscribe = cancellation.onCancel(() => told.push('second'))
  cancellation.cancel()
  assert.deepEqual(told, [])
})

test('a listener that throws keeps neither the others nor the signal from being told', () => {
  const cancellation = new Cancellation()
  const told: string[] = []
  const signal = cancellation.signal
  cancellation.onCancel(() => {
    throw new RangeError('first')
  })
  cancellation.onCancel(() => told.push('second'))
  assert.throws(() => cancellation.cancel(), { name: 'RangeError', message: 'first' })
  assert.deepEqual(told, ['second'])
  assert.equal(signal.aborted, true)
})

test('the signal is one and the same, aborts on cancellation, and is aborted when asked for later', () => {
  const early = new Cancellation()
  const signal = early.signal
  assert.equal(early.signal, signal)
  assert.equal(signal.aborted, false)
  early.cancel()
  assert.equal(signal.aborted, true)

  const late = new Cancellation()
  late.cancel()
  assert.equal(late.signal.aborted, true)
})
