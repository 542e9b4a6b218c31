import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeSettings, Reply, Request } from '@archlab/runtime/kit'
import { FakeClock, type FakeOptions, fakeContext } from '@archlab/runtime/testing'
import restrictLogin from './restrict-login.ts'

/** A login that knows `user1`, behind the tactic; `answers` are given instead, as long as there are any. */
async function subject(settings: Record<string, unknown> = {}, options: FakeOptions = {}) {
  const clock = new FakeClock()
  const context = fakeContext(restrictLogin, { clock, ...options, settings })
  const answers: (Reply | Promise<Reply>)[] = []
  let asked = 0
  const handler = (await restrictLogin.create(context))(request => {
    asked++
    const planned = answers.shift()
    if (planned) return planned
    return new Reply(String(request.body).includes('"right"') ? 200 : 401)
  })
  const send = async (username: string, password = 'wrong', client = '10.0.0.1'): Promise<Reply> =>
    handler(
      new Request({
        method: 'POST',
        path: '/login',
        body: JSON.stringify({ username, password }),
        client,
        arrivedAtMs: clock.nowMs(),
      }),
    )
  const fail = async (times: number, username: string, client?: string): Promise<number[]> => {
    const statuses: number[] = []
    for (let at = 0; at < times; at++) statuses.push((await send(username, 'wrong', client)).status)
    return statuses
  }
  return { clock, context, handler, answers, send, fail, asked: () => asked, count: context.count }
}

test('after five failures of an account the sixth attempt is 429 with the time to wait, and nobody is asked', async () => {
  const { fail, send, asked, count } = await subject()
  assert.deepEqual(await fail(5, 'user1'), [401, 401, 401, 401, 401])
  const reply = await send('user1', 'right')
  assert.equal(reply.status, 429)
  assert.equal(reply.header('retry-after'), '1')
  assert.equal(reply.header('proxy-status'), 'subject/0; error=http_request_denied; details="restrict-login"')
  assert.equal(asked(), 5)
  assert.deepEqual([count.allowed.value, count.rejected.value, count.failed.value], [5, 1, 5])
})

test('the right password is let in when the wait is over, and clears the account', async () => {
  const { fail, send, clock } = await subject({ by: 'account' })
  await fail(6, 'user1')
  await clock.advance(1000)
  assert.equal((await send('user1', 'right')).status, 200)
  assert.deepEqual(await fail(5, 'user1'), [401, 401, 401, 401, 401])
})

test('another account from another address does not wait, and the account waits at every address', async () => {
  const { fail, send } = await subject()
  await fail(5, 'user1', '10.0.0.1')
  assert.equal((await send('user2', 'wrong', '10.0.0.2')).status, 401)
  assert.equal((await send('user1', 'wrong', '10.0.0.2')).status, 429)
})

test('an address that tries one account after the other has to wait, also when one of them is its own', async () => {
  const { send, asked } = await subject({ 'source-free': 10 })
  for (let at = 0; at < 30; at++) {
    await send(`user${at}`)
    if (at % 3 === 0) await send('mine', 'right')
  }
  assert.equal((await send('user99')).status, 429)
  assert.equal((await send('user99', 'wrong', '10.0.0.2')).status, 401)
  assert.ok(asked() <= 16)
})

test('accounts that do not exist are refused like those that do', async () => {
  const { fail, send } = await subject()
  await fail(5, 'user1', 'a')
  await fail(5, 'nobody', 'b')
  const [known, unknown] = [await send('user1', 'x', 'c'), await send('nobody', 'x', 'c')]
  assert.equal(known, unknown)
})

test('a thousand attempts at once are no better than five', async () => {
  const { answers, send, asked } = await subject({ by: 'account' })
  const { promise, resolve } = Promise.withResolvers<Reply>()
  answers.push(...Array.from({ length: 1000 }, () => promise))
  const replies = Array.from({ length: 1000 }, () => send('user1'))
  resolve(new Reply(401))
  const statuses = (await Promise.all(replies)).map(({ status }) => status)
  assert.equal(statuses.filter(status => status === 401).length, 5)
  assert.equal(asked(), 5)
})

test('a reply that says nothing about the password, or an error, is no failure', async () => {
  const { answers, fail, send } = await subject({ by: 'account' })
  for (let at = 0; at < 20; at++) {
    answers.push(new Reply(at % 2 === 0 ? 503 : 400))
    await send('user1')
  }
  for (let at = 0; at < 20; at++) {
    answers.push(Promise.reject(new Error('broken')))
    await assert.rejects(send('user1'), /broken/)
  }
  assert.deepEqual(await fail(5, 'user1'), [401, 401, 401, 401, 401])
})

test('a body that names no account counts for its address', async () => {
  const { handler, clock } = await subject({ 'source-free': 3 })
  const statuses: number[] = []
  for (const body of ['', '{', '[]', 'null', '{"username":5}', '{"__proto__":{"username":"a"}}']) {
    const request = new Request({ method: 'POST', path: '/login', body, client: 'a', arrivedAtMs: clock.nowMs() })
    statuses.push((await handler(request)).status)
  }
  assert.deepEqual(statuses, [401, 401, 401, 429, 429, 429])
})

test('names of any length are told apart, and take bounded memory', async () => {
  const { fail, send } = await subject({ by: 'account' })
  const long = 'x'.repeat(100_000)
  await fail(5, `${long}a`)
  assert.equal((await send(`${long}a`)).status, 429)
  assert.equal((await send(`${long}b`)).status, 401)
})

test('report-only counts what it would refuse and lets it pass', async () => {
  const { fail, count } = await subject({}, { reportOnly: true })
  assert.deepEqual(await fail(7, 'user1'), [401, 401, 401, 401, 401, 401, 401])
  assert.deepEqual([count.allowed.value, count.rejected.value], [5, 2])
})

test('settings that make no sense are named', () => {
  const paths = (raw: Record<string, unknown>): string[] =>
    restrictLogin.check!(decodeSettings(restrictLogin.settings, raw), { readText: () => '' }).map(({ path }) =>
      path.join('.'),
    )
  assert.deepEqual(paths({}), [])
  assert.deepEqual(paths({ delay: '0ms' }), ['delay'])
  assert.deepEqual(paths({ delay: '10s', 'max-delay': '5s' }), ['max-delay'])
  assert.deepEqual(paths({ 'max-delay': '2h' }), ['forget-after'])
})
