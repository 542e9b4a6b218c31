import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { FromReplica, FromThread, ReplicaBirth, ToReplica } from '../protocol.ts'
import { type Resident, Residents } from './residents.ts'

/** A resident whose steps end when the test says so. */
class FakeResident implements Resident {
  readonly done: string[] = []
  readonly report: (message: FromReplica) => void
  isExpected = false
  /** Ends the step that is under way; an error lets it fail. */
  end: (error?: Error) => void = () => {}

  constructor(report: (message: FromReplica) => void) {
    this.report = report
  }
  obey({ type }: ToReplica): Promise<void> {
    return this.#step(type)
  }
  expectClose(): void {
    this.isExpected = true
  }
  close(): Promise<void> {
    return this.#step('close')
  }
  abandon(): void {
    this.done.push('abandon')
  }
  abort(): void {
    this.done.push('abort')
  }
  #step(name: string): Promise<void> {
    this.done.push(name)
    return new Promise((resolve, reject) => {
      this.end = error => (error ? reject(error) : resolve())
    })
  }
}

function thread(...names: string[]) {
  const made: FakeResident[] = []
  const posted: string[] = []
  const post = (message: FromThread): void => {
    if (message.type === 'told') posted.push(`${message.replica} ${message.message.type}`)
  }
  const residents = new Residents((_, report) => {
    made.push(new FakeResident(report))
    return made.at(-1)!
  }, post)
  const open = (replica: string): void => residents.open({ plan: { replica } } as unknown as ReplicaBirth)
  names.forEach(open)
  return { residents, made, posted, open }
}

test('a resident carries out what it is told in order, and does not wait for another one', async () => {
  const { residents, made } = thread('a/0', 'b/0')
  residents.tell('a/0', { type: 'start' })
  residents.tell('a/0', { type: 'target-down', replica: 'x/0' })
  residents.tell('b/0', { type: 'start' })
  await nextTurn()
  assert.deepEqual([made[0]!.done, made[1]!.done], [['start'], ['start']])
  made[0]!.end()
  await nextTurn()
  assert.deepEqual(made[0]!.done, ['start', 'target-down'])
})

test('a step that fails is told as that of its resident, and the next step is taken', async () => {
  const { residents, made, posted } = thread('a/0', 'b/0')
  residents.tell('b/0', { type: 'start' })
  residents.tell('b/0', { type: 'target-down', replica: 'x/0' })
  await nextTurn()
  made[1]!.end(new Error('no'))
  await nextTurn()
  assert.deepEqual(posted, ['b/0 failed'])
  assert.deepEqual(made[1]!.done, ['start', 'target-down'])
})

test('a close is heard at once, and happens when its turn has come', async () => {
  const { residents, made, posted } = thread('a/0')
  residents.tell('a/0', { type: 'start' })
  residents.tell('a/0', { type: 'close' })
  await nextTurn()
  assert.deepEqual(posted, ['a/0 closing'])
  assert.ok(made[0]!.isExpected, 'although it is still busy with its start')
  made[0]!.end()
  await nextTurn()
  made[0]!.end()
  await nextTurn()
  assert.deepEqual(made[0]!.done, ['start', 'close'])
  assert.deepEqual(posted, ['a/0 closing', 'a/0 closed'])
})

test('a close that fails is logged, and is a close', async () => {
  const { residents, made, posted } = thread('a/0')
  residents.tell('a/0', { type: 'close' })
  await nextTurn()
  made[0]!.end(new Error('a file would not close'))
  await nextTurn()
  assert.deepEqual(posted, ['a/0 closing', 'a/0 log', 'a/0 closed'])
})

test('nothing is heard of one that was abandoned, whatever it does; its successor is another one', async () => {
  const { residents, made, posted, open } = thread('a/0')
  residents.tell('a/0', { type: 'start' })
  residents.tell('a/0', { type: 'close' })
  await nextTurn()
  residents.tell('a/0', { type: 'abandon' })
  assert.deepEqual(made[0]!.done, ['start', 'abandon'])
  open('a/0')
  posted.length = 0
  made[0]!.report({ type: 'ready', origin: null })
  made[0]!.end(new Error('it was ended'))
  await nextTurn()
  made[0]!.end()
  await nextTurn()
  assert.deepEqual(posted, [])
  made[1]!.report({ type: 'ready', origin: null })
  residents.tell('a/0', { type: 'start' })
  await nextTurn()
  assert.deepEqual(posted, ['a/0 ready'])
  assert.deepEqual(made[1]!.done, ['start'])
})

test('at the end of the thread the server of everyone who lives in it is closed', async () => {
  const { residents, made } = thread('a/0', 'b/0', 'c/0')
  residents.tell('b/0', { type: 'close' })
  await nextTurn()
  made[1]!.end()
  await nextTurn()
  residents.abort()
  assert.deepEqual(
    made.map(one => one.done),
    [['abort'], ['close'], ['abort']],
  )
})

test('what is told to one that is not there is ignored', () => {
  const { residents, posted } = thread()
  residents.tell('a/0', { type: 'close' })
  assert.deepEqual(posted, [])
})
