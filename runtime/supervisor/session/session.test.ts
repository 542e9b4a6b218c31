import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ArchlabError } from '../../kit/index.ts'
import { FakeClock } from '../../testing/index.ts'
import { EventLog } from '../event-log.ts'
import { type Played, play } from './play.ts'
import { readSession, type Step } from './read-session.ts'
import { sessionOf } from './session.ts'

/** A log of one of everything, half a second apart. */
function recorded(): EventLog {
  let nowMs = 0
  const log = new EventLog(() => nowMs)
  const add: EventLog['add'] = (...event) => {
    nowMs += 500
    return log.add(...event)
  }
  add('slow', ['a/0'], {}, { slow: 'a', by: '200ms', for: '10s' })
  add('edit', ['a/0'], {}, { set: ['components.a.replicas=2', 'tactics.cache=off'] })
  add('edit', [], {}, { save: '/lab/topology.yaml', text: 'name: one' })
  add('edit', [], {}, { apply: '/lab/other.yaml', text: 'name: two' })
  add('replica-died', ['a/0'])
  add('inject', ['a/0'])
  add('replica-died', ['a/0'])
  add('kill', ['a/0'], {}, { kill: 'a/0' })
  return log
}

const documentOf = (log: EventLog): string =>
  JSON.stringify(
    sessionOf({
      topology: { name: 'lab' },
      startedAt: new Date(0),
      events: log.all,
      eventsForgotten: log.forgotten,
      eventTexts: log.texts,
    }),
  )

test('a recorded session is read with its times and texts; what the lab did by itself is left out and counted', () => {
  const { recording, problems } = readSession(documentOf(recorded()))
  assert.deepEqual(problems, [])
  const { steps, leftOut, forgotten } = recording!
  assert.deepEqual(
    steps.map(({ atMs, what, change }) => [atMs, what, change.path, change.body]),
    [
      [500, 'slow a by=200ms for=10s', '/operations', { slow: 'a', by: '200ms', for: '10s' }],
      [
        1000,
        'set components.a.replicas=2 tactics.cache=off',
        '/topology',
        { set: ['components.a.replicas=2', 'tactics.cache=off'] },
      ],
      [1500, 'save /lab/topology.yaml', '/topology', { text: 'name: one' }],
      [2000, 'apply /lab/other.yaml', '/topology', { file: '/lab/other.yaml', text: 'name: two' }],
      [4000, 'kill a/0', '/operations', { kill: 'a/0' }],
    ],
  )
  assert.deepEqual([leftOut, forgotten], [{ 'replica-died': 2, inject: 1 }, 0])
})

test('a session can be written by hand, a line for each thing, in the order of time whatever the order of lines', () => {
  const { recording, problems } = readSession(
    '{"at":"2s","kill":"a/0"}\n\n{"at":"500ms","set":["seed=1"]}\n{"at":"1s","apply":"/x.yaml"}\n',
  )
  assert.deepEqual(problems, [])
  assert.deepEqual(
    recording!.steps.map(({ atMs, place, what }) => [atMs, place, what]),
    [
      [500, ':3', 'set seed=1'],
      [1000, ':4', 'apply /x.yaml'],
      [2000, ':1', 'kill a/0'],
    ],
  )
})

test('whatever is wrong with it is told, all at once, with its line and a hint', () => {
  const lines = [
    '{"at":"2s","kil":"a/0"}',
    '{"at":"2","kill":"a/0"}',
    '{"kill":"a/0"}',
    'kill a/0',
    '[]',
    '{"at":"2s","kill":"a/0","for":"1s"}',
    '{"at":"2s","kill":"a/0","set":["x=1"]}',
    '{"at":"2s","set":[]}',
    '{"at":"2s","save":"/t.yaml","text":"0123"}',
    '{"sinceStartMs":5,"event":"kill"}',
    '{"sinceStartMs":-5,"event":"kill","repeat":null}',
    '{"at":"2s","kill":"a/0"}',
  ]
  const { recording, problems } = readSession(lines.join('\n'))
  assert.equal(recording, null)
  assert.deepEqual(
    problems.map(({ place }) => place),
    lines.slice(0, -1).map((_, index) => `:${index + 1}`),
  )
  for (const { hint, message } of problems) assert.ok(hint && message, message)
  const [inDocument] = readSession('{"events":[{"sinceStartMs":1,"event":"kill","repeat":{"kill":3}}]}').problems
  assert.equal(inDocument!.place, ' events[0]')
  assert.equal(readSession('{"events":3}').problems.length, 1)
})

const stepAt = (atMs: number, path: Step['change']['path'] = '/operations'): Step => ({
  atMs,
  place: '',
  what: '',
  change: { path, body: atMs },
})

/** Plays steps of which each takes so long. */
function playing(steps: readonly Step[], speed: number, takesMs: number) {
  const clock = new FakeClock(0)
  const told: Played[] = []
  const perform = async ({ body }: Step['change']): Promise<void> => {
    await new Promise<void>(resolve => void clock.after(takesMs, resolve))
    if (body === 3000) throw new ArchlabError('OPERATION_FAILED', 'no')
  }
  const done = play(steps, { clock, speed, perform, tell: played => void told.push(played) })
  return { clock, told, done, times: () => told.map(({ step, atMs }) => [step.atMs, atMs]) }
}

test('steps are done as long after the first one as they were, or faster, and not waited for; one that fails stops none', async () => {
  for (const speed of [1, 2]) {
    const { clock, told, done, times } = playing([stepAt(2000), stepAt(3000), stepAt(6000)], speed, 10_000)
    await clock.advance(20_000)
    assert.equal(await done, 1)
    assert.deepEqual(times(), [
      [2000, 0],
      [3000, 1000 / speed],
      [6000, 4000 / speed],
    ])
    assert.deepEqual(
      told.map(({ error }) => error?.code),
      [undefined, 'OPERATION_FAILED', undefined],
    )
  }
})

test('edits keep their order: one waits for the one before', async () => {
  const edit = '/topology'
  const { clock, done, times } = playing([stepAt(0, edit), stepAt(100, edit), stepAt(200)], 1, 1000)
  await clock.advance(5000)
  await done
  assert.deepEqual(times(), [
    [0, 0],
    [200, 200],
    [100, 1000],
  ])
})
