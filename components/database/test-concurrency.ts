import assert from 'node:assert/strict'
import type { Reply } from '@archlab/runtime/kit'
import { type Check, type Database, etagOf, ifMatch, ifNoneMatch, jsonOf, type Subject } from './test-subject.ts'

const WRITERS = 24
const ROUNDS = 15

/** Many clients at once, over all components of the data set. */
export function describeConcurrency(check: Check): void {
  check('of many writers who have seen the same version exactly one wins, in every round', async subject => {
    for (let round = 0; round < ROUNDS; round++) {
      const etag = etagOf(await subject.send('GET', '/records/1'))
      const replies = await atOnce(subject, ({ send }, writer) =>
        send('PUT', '/records/1', JSON.stringify({ round, writer }), ifMatch(etag)),
      )
      const winner = only(replies, 204)
      assert.deepEqual(jsonOf(await subject.send('GET', '/records/1')), { round, writer: winner })
    }
    assert.equal(total(subject, 'conflicts'), ROUNDS * (WRITERS - 1))
    assert.equal(total(subject, 'writes'), ROUNDS)
  })

  check('of many who make the same record exactly one does, and of many who remove it', async subject => {
    for (let round = 0; round < ROUNDS; round++) {
      const made = await atOnce(subject, ({ send }, writer) =>
        send('PUT', '/records/raced', String(writer), ifNoneMatch('*')),
      )
      const winner = only(made, 201)
      const read = await subject.send('GET', '/records/raced')
      assert.equal(jsonOf(read), winner)
      only(await atOnce(subject, ({ send }) => send('DELETE', '/records/raced', '', ifMatch(etagOf(read)))), 204)
    }
  })

  check('of a writer and a remover who have seen the same version one wins', async subject => {
    for (let round = 0; round < ROUNDS; round++) {
      const etag = etagOf(await subject.send('PUT', '/records/both', '0'))
      const replies = await atOnce(subject, ({ send }, writer) =>
        writer % 2 === 0
          ? send('PUT', '/records/both', String(writer), ifMatch(etag))
          : send('DELETE', '/records/both', '', ifMatch(etag)),
      )
      const winner = only(replies, 204)
      const after = await subject.send('GET', '/records/both')
      assert.equal(after.status, winner % 2 === 0 ? 200 : 404)
    }
  })

  check('no update is lost: a counter that many raise by conditional writes counts every one', async subject => {
    await subject.send('PUT', '/records/counter', '0')
    const raise = async ({ send }: Database): Promise<void> => {
      for (;;) {
        const read = await send('GET', '/records/counter')
        const put = await send('PUT', '/records/counter', String(jsonOf(read) + 1), ifMatch(etagOf(read)))
        if (put.status === 204) return
        assert.equal(put.status, 412)
      }
    }
    const client = async (replica: Database): Promise<void> => {
      for (let time = 0; time < 10; time++) await raise(replica)
    }
    await Promise.all(Array.from({ length: 10 }, (_, at) => client(subject.replicas[at % subject.replicas.length]!)))
    assert.equal(jsonOf(await subject.send('GET', '/records/counter')), 100)
  })
}

/** Sends one request for each writer, spread over the components, in one turn. */
function atOnce({ replicas }: Subject, one: (replica: Database, writer: number) => Promise<Reply>): Promise<Reply[]> {
  return Promise.all(Array.from({ length: WRITERS }, (_, writer) => one(replicas[writer % replicas.length]!, writer)))
}

/** The only writer with this status; all others were answered 412. */
function only(replies: readonly Reply[], status: number): number {
  const statuses = replies.map(reply => reply.status)
  assert.deepEqual([...statuses].sort(), [status, ...Array(WRITERS - 1).fill(412)].sort())
  return statuses.indexOf(status)
}

const total = ({ replicas }: Subject, name: 'conflicts' | 'writes'): number =>
  replicas.reduce((sum, { context }) => sum + context.count[name].value, 0)
