import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LINES_MAX, LogRing, type ReportedLine } from './log-ring.ts'

const line = (event: string, replica = 'api/0', fields: Record<string, unknown> = {}): ReportedLine => ({
  ...{ level: 'info', component: replica.split('/', 1)[0]!, replica, event, fields },
})
const eventsOf = (ring: LogRing, after: number, whom: string | null): string[] =>
  ring.after(after, whom).lines.map(({ event }) => event)

test('lines are kept in order, by replica and component, and followed from the last one seen', () => {
  const ring = new LogRing(() => 0)
  ring.add(line('one'))
  ring.add(line('two', 'api/1'))
  ring.add(line('three', 'db/0'))
  assert.deepEqual(eventsOf(ring, 0, null), ['one', 'two', 'three'])
  assert.deepEqual(eventsOf(ring, 0, 'api'), ['one', 'two'])
  assert.deepEqual(eventsOf(ring, 0, 'api/1'), ['two'])
  const { last, lines } = ring.after(0, 'db')
  assert.deepEqual([last, lines[0]!.number, lines[0]!.at], [3, 3, '1970-01-01T00:00:00.000Z'])
  ring.add(line('four'))
  assert.deepEqual(eventsOf(ring, last, 'api'), ['four'])
  assert.deepEqual(eventsOf(ring, 4, null), [])
})

test('older lines are forgotten, and who missed some is told how many', () => {
  const ring = new LogRing()
  for (let number = 1; number <= LINES_MAX + 10; number++) ring.add(line(`line-${number}`))
  const page = ring.after(4, null)
  assert.deepEqual([page.lines.length, page.forgotten, page.lines[0]!.event], [LINES_MAX, 6, 'line-11'])
  assert.equal(ring.after(10, null).forgotten, 0)
  assert.deepEqual(eventsOf(ring, LINES_MAX + 9, null), [`line-${LINES_MAX + 10}`])
})

test('what JSON cannot say is kept as text', () => {
  const ring = new LogRing()
  const circular: Record<string, unknown> = { count: 5n }
  circular.self = circular
  ring.add(line('odd', 'api/0', circular))
  assert.match(JSON.stringify(ring.after(0, null)), /count: 5n/)
})
