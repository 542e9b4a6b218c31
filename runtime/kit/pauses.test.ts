import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock, settle } from '../testing/fake-context.ts'
import { Cancellation } from './cancellation.ts'
import { Request } from './message.ts'
import { Pauses } from './pauses.ts'

function subject() {
  const clock = new FakeClock()
  const pauses = new Pauses(clock)
  const ended: [string, boolean][] = []
  const wait = (name: string, delayMs: number, fields: object = {}): void => {
    const request = new Request({ method: 'GET', path: '/', ...fields })
    void pauses.wait(request, delayMs, clock.nowMs()).then(waited => ended.push([name, waited]))
  }
  return { clock, pauses, ended, wait }
}

test('each request waits for its own time, with one timer for all', async () => {
  const { clock, ended, wait } = subject()
  wait('long', 300)
  wait('short', 100)
  assert.equal(clock.pending, 1)
  await clock.advance(100)
  assert.deepEqual(ended, [['short', true]])
  await clock.advance(200)
  assert.deepEqual(ended, [
    ['short', true],
    ['long', true],
  ])
  assert.equal(clock.pending, 0)
})

test('a wait that would last to the deadline or beyond ends there, and says so', async () => {
  const { clock, ended, wait } = subject()
  wait('beyond', 500, { deadlineMs: clock.nowMs() + 200 })
  wait('before', 100, { deadlineMs: clock.nowMs() + 200 })
  await clock.advance(200)
  assert.deepEqual(ended, [
    ['before', true],
    ['beyond', false],
  ])
})

test('a caller that leaves ends its wait, and one that has gone has none', async () => {
  const { clock, pauses, ended, wait } = subject()
  const cancellation = new Cancellation()
  wait('leaves', 100, { cancellation })
  wait('stays', 100)
  cancellation.cancel()
  wait('gone', 100, { cancellation })
  await settle()
  assert.deepEqual(ended.map(([name]) => name).sort(), ['gone', 'leaves'])
  assert.equal(pauses.size, 1)
  await clock.advance(100)
  assert.deepEqual(ended.at(-1), ['stays', true])
})

test('closing ends every wait early and leaves no timer, and later there is no waiting', async () => {
  const { clock, pauses, ended, wait } = subject()
  const cancellation = new Cancellation()
  wait('one', 100, { cancellation })
  wait('two', 200)
  pauses.close()
  wait('three', 100)
  await settle()
  assert.deepEqual(
    new Map(ended),
    new Map([
      ['one', false],
      ['two', false],
      ['three', false],
    ] as const),
  )
  assert.deepEqual([clock.pending, pauses.size], [0, 0])
  cancellation.cancel()
})
