import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EVENTS_MAX, EventLog } from './event-log.ts'

test('events keep their order and times; of too many the oldest are forgotten and counted', () => {
  let nowMs = 1_000_000
  const log = new EventLog(() => nowMs)
  nowMs += 250
  log.add('kill', ['a/0'], { target: 'a' })
  assert.deepEqual(log.all, [
    { at: '1970-01-01T00:16:40.250Z', sinceStartMs: 250, event: 'kill', subjects: ['a/0'], fields: { target: 'a' } },
  ])
  for (let count = 0; count < EVENTS_MAX + 4; count++) log.add(`event-${count}`, [])
  assert.equal(log.all.length, EVENTS_MAX)
  assert.equal(log.forgotten, 5)
  assert.equal(log.all[0]!.event, 'event-4')
})
