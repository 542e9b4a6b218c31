import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { ChangePage } from './store.ts'
import { type Check, type Database, jsonOf, type Subject } from './test-subject.ts'

/** `GET /changes`, which copies follow. */
export function describeFeed(check: Check): void {
  check('who follows the changes has what is there, whatever happened and however small the pages', async subject => {
    const { send } = subject
    const operation = fc.record({ id: fc.integer({ min: 1, max: 8 }), remove: fc.boolean(), ask: fc.boolean() })
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { maxLength: 30 }), fc.integer({ min: 1, max: 9 }), async (steps, limit) => {
        const follower = new Follower(subject, limit)
        for (const [at, { id, remove, ask }] of steps.entries()) {
          if (remove) await send('DELETE', `/records/${id}`)
          else await send('PUT', `/records/${id}`, String(at))
          if (ask) await follower.ask()
        }
        await follower.catchUp()
        assert.deepEqual(follower.records, await everything(subject))
      }),
      { numRuns: 25 },
    )
  })

  check('nothing is told twice to who has seen all, and the message and data set are told', async subject => {
    const follower = new Follower(subject, 1000)
    const first = await follower.ask()
    assert.equal(first.complete, true)
    assert.equal(first.message, 'Fetched fresh data from DB')
    assert.match(first.source, /^[0-9a-f]{8}$/)
    const second = await follower.ask()
    assert.deepEqual(second, { ...first, changes: [] })
  })

  check('who has all changes told at a moment has every change that was answered before it', async subject => {
    const answered = new Map<string, number>()
    let running = true
    const write = async ({ send }: Database, id: string): Promise<void> => {
      for (let value = 1; running && value < 2000; value++) {
        assert.ok((await send('PUT', `/records/${id}`, String(value))).status < 300)
        answered.set(id, value)
        // So that others get a turn where a store answers at once.
        await new Promise(resolve => setImmediate(resolve))
      }
    }
    const writers = Array.from({ length: 12 }, (_, at) =>
      write(subject.replicas[at % subject.replicas.length]!, `w${at}`),
    )
    const follower = new Follower(subject, 15)
    let moments = 0
    for (let ask = 0; ask < 300 && moments < 40; ask++) {
      const before = new Map(answered)
      const { complete } = await follower.ask()
      await new Promise(resolve => setImmediate(resolve))
      if (!complete) continue
      moments++
      for (const [id, value] of before) {
        const seen = JSON.parse(follower.records.get(id) ?? '0')
        assert.ok(seen >= value, `${id} is ${seen}, but ${value} had been answered`)
      }
    }
    running = false
    await Promise.all(writers)
    assert.equal(moments, 40, `complete only ${moments} times`)
    await follower.catchUp()
    assert.deepEqual(follower.records, await everything(subject))
  })

  check(
    'traces of removed records are kept up to a number, then who is behind is told to begin anew',
    async subject => {
      const { send } = subject
      const late = new Follower(subject, 1)
      await late.ask()
      const current = new Follower(subject, 1000)
      await current.catchUp()
      for (let id = 1; id <= 11_000; id += 500) {
        const removed = Array.from({ length: 500 }, (_, at) => send('DELETE', `/records/${id + at}`))
        for (const { status } of await Promise.all(removed)) assert.equal(status, 204)
        await current.catchUp()
      }
      assert.equal(current.records.size, 100)
      assert.deepEqual(current.records, await everything(subject))
      assert.equal((await send('GET', `/changes?after=${late.position}`)).status, 410)
      const anew = new Follower(subject, 1000)
      await anew.catchUp()
      assert.deepEqual(anew.records, current.records)
    },
    { records: 11_100 },
  )
}

/** Keeps a copy by asking for changes. */
class Follower {
  readonly records = new Map<string, string>()
  position = 0
  readonly #subject: Subject
  readonly #limit: number

  constructor(subject: Subject, limit: number) {
    this.#subject = subject
    this.#limit = limit
  }

  async ask(): Promise<ChangePage> {
    const reply = await this.#subject.send('GET', `/changes?after=${this.position}&limit=${this.#limit}`)
    assert.equal(reply.status, 200)
    const page = jsonOf(reply) as ChangePage
    for (const { id, body } of page.changes) {
      if (body === null) this.records.delete(id)
      else this.records.set(id, body)
    }
    assert.ok(page.position >= this.position)
    this.position = page.position
    return page
  }

  async catchUp(): Promise<void> {
    while (!(await this.ask()).complete);
  }
}

async function everything({ send }: Subject): Promise<Map<string, string>> {
  const records = jsonOf(await send('GET', '/records?limit=1000')).records as { id: string; value: unknown }[]
  return new Map(records.map(({ id, value }) => [id, JSON.stringify(value)]))
}
