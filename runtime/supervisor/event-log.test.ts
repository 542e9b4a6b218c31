import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EVENTS_MAX, EventLog, TEXTS_LENGTH_MAX } from './event-log.ts'

test('events keep their order and times; of too many the oldest are forgotten and counted', () => {
  let nowMs = 500
  let wallMs = 4_600_000
  const log = new EventLog(
    () => nowMs,
    () => wallMs,
  )
  // The wall clock is set back by an hour meanwhile.
  nowMs += 250
  wallMs -= 3_600_000 - 250
  log.add('kill', ['a/0'], { target: 'a' })
  assert.deepEqual(log.all, [
    {
      at: '1970-01-01T00:16:40.250Z',
      sinceStartMs: 250,
      event: 'kill',
      subjects: ['a/0'],
      fields: { target: 'a' },
      repeat: null,
    },
  ])
  for (let count = 0; count < EVENTS_MAX + 4; count++) log.add(`event-${count}`, [])
  assert.equal(log.all.length, EVENTS_MAX)
  assert.equal(log.forgotten, 5)
  assert.equal(log.all[0]!.event, 'event-4')
})

test('texts lie beside the events that name them, each once, and go with the events or when there are too many', () => {
  const log = new EventLog()
  const saved = (text: string): unknown => log.add('edit', [], {}, { save: '/t.yaml', text }).repeat
  const first = saved('one')
  assert.deepEqual(saved('one'), first)
  const { text } = first as { text: string }
  assert.deepEqual(log.texts, { [text]: 'one' })
  saved('x'.repeat(TEXTS_LENGTH_MAX))
  assert.equal(log.texts[text], undefined)
  for (let count = 0; count < EVENTS_MAX; count++) log.add('kill', [])
  assert.deepEqual(log.texts, {})
})
