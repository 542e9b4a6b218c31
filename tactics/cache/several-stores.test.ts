import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Handler, json, Reply, type Request } from '@archlab/runtime/kit'
import { type FakeOptions, settle } from '@archlab/runtime/testing'
import { subject as cacheSubject, slowOrigin, told } from './test-subject.ts'

/** A link to two replicas of a store, each with a table of its own; `policy` says which one the n-th call goes to. */
function pair(policy: (turn: number) => number) {
  const tables = [new Map<string, unknown>(), new Map<string, unknown>()]
  const names = ['store/0', 'store/1']
  const calls: string[] = []
  const seen: Request[] = []
  let turn = 0

  /** What the link's core does: a named replica, else one that was not tried, else the next. */
  function pick({ affinity, tried }: Request): number {
    const named = names.indexOf(affinity)
    if (named >= 0) return named
    const untried = names.findIndex(name => tried !== undefined && tried.length > 0 && !tried.includes(name))
    return untried >= 0 ? untried : policy(turn++)
  }

  const handler: Handler = async request => {
    const index = pick(request)
    seen.push(request)
    request.tried?.push(names[index]!)
    const key = decodeURIComponent(request.path.slice('/cache/'.length))
    calls.push(`${request.method} ${names[index]}`)
    const answer = (value: unknown): Reply => {
      const { status, headers, body } = json(200, value)
      return new Reply(status, headers, body, names[index])
    }
    const table = tables[index]!
    if (request.method === 'GET') return answer({ value: table.get(key) ?? null })
    if (request.method === 'DELETE') return answer({ status: 'ok', deleted: table.delete(key) })
    table.set(key, JSON.parse(request.body as string).value)
    return answer({ status: 'ok' })
  }
  return { tables, calls, seen, handler }
}

const IN_TURN = (turn: number): number => turn % 2

async function subject(
  settings: Record<string, unknown> = {},
  { policy = IN_TURN, ...options }: FakeOptions & { origin?: Handler; policy?: typeof IN_TURN } = {},
) {
  const store = pair(policy)
  const links = { store: store.handler }
  const given = { store: ['one', 'two'], ...settings }
  return { store, ...(await cacheSubject(given, { links, targets: { store: 2 }, ...options })) }
}

test('an entry is written to the replica that was asked for it, so that two replicas miss once each', async () => {
  const { send, asked, store } = await subject()
  for (let request = 0; request < 6; request++) await send('/data')
  assert.equal(asked.length, 2)
  assert.deepEqual(store.calls, [
    'GET store/0',
    'POST store/0',
    'GET store/1',
    'POST store/1',
    ...Array.from({ length: 4 }, (_, index) => `GET store/${index % 2}`),
  ])
})

test('it is written there also when other questions have gone elsewhere meanwhile', async () => {
  const { origin, answer } = slowOrigin()
  const { send, store } = await subject({ coalesce: false }, { origin })
  const first = send('/data')
  await settle()
  const second = send('/data')
  await answer(new Reply(200, '', 'slow'))
  await Promise.all([first, second])
  assert.deepEqual(store.calls, ['GET store/0', 'GET store/1', 'POST store/0', 'POST store/1'])
})

test('a fresh copy of a stale entry takes its place where that was found', async () => {
  const { send, store, clock } = await subject({ 'stale-while-revalidate': '1h' })
  await send('/data')
  await clock.advance(31_000)
  await send('/data')
  assert.equal(told((await send('/data')) as Reply)?.startsWith('hit; ttl=-'), true)
  await settle()
  assert.deepEqual(store.calls.slice(2), ['GET store/1', 'POST store/1', 'GET store/0', 'POST store/0'])
})

test('a write that succeeds removes the entry from every replica', async () => {
  const { send, store } = await subject({}, { policy: () => 0 })
  await send('/item')
  const [first, second] = store.tables as [Map<string, unknown>, Map<string, unknown>]
  for (const [key, value] of first) second.set(key, value)
  assert.deepEqual([first.size, second.size], [1, 1])
  await send('/item', { method: 'PUT' })
  await settle()
  assert.deepEqual([first.size, second.size], [0, 0])
})

test('an attempt at the origin and one at the store do not count for each other', async () => {
  const { send, asked, store } = await subject()
  const tried = ['origin/0']
  await send('/data', { tried })
  assert.deepEqual(tried, ['origin/0'])
  assert.equal(asked[0]!.tried, tried)
  assert.equal(asked[0]!.affinity, '')
  for (const request of store.seen) assert.notEqual(request.tried, tried)
})
