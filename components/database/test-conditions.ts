import assert from 'node:assert/strict'
import fc from 'fast-check'
import { type Check, etagOf, ifMatch, ifNoneMatch, type Subject } from './test-subject.ts'

/** Conditional requests (RFC 9110 §13), one after the other. */
export function describeConditions(check: Check): void {
  check('a read of what the reader has is 304, by weak comparison, and one of something else 412', async ({ send }) => {
    const read = async (headers: string): Promise<number> => (await send('GET', '/records/1', '', headers)).status
    const etag = etagOf(await send('GET', '/records/1'))
    assert.equal(await read(ifNoneMatch(etag)), 304)
    assert.equal(await read(ifNoneMatch('*')), 304)
    assert.equal(await read(ifNoneMatch(`"other", W/${etag} , "third"`)), 304)
    assert.equal(await read(`${ifNoneMatch('"a"')}${ifNoneMatch(etag)}`), 304)
    assert.equal(await read(ifNoneMatch('"other"')), 200)
    assert.equal(await read(ifMatch(etag)), 200)
    assert.equal(await read(ifMatch('*')), 200)
    assert.equal(await read(ifMatch('"other"')), 412)
    assert.equal(await read(ifMatch(`W/${etag}`)), 412)
    assert.equal(await read(ifMatch(etag) + ifNoneMatch(etag)), 304)
    const unchanged = await send('HEAD', '/records/1', '', ifNoneMatch(etag))
    assert.deepEqual([unchanged.status, etagOf(unchanged), unchanged.body], [304, etag, ''])
    await send('PUT', '/records/1', '2')
    assert.equal(await read(ifNoneMatch(etag)), 200)
    assert.equal((await send('GET', '/records/none', '', ifNoneMatch('*'))).status, 404)
    assert.equal((await send('GET', '/records/none', '', ifMatch('*'))).status, 412)
  })

  check('a tag of another data set, or of none, matches nothing', async ({ send }) => {
    const etag = etagOf(await send('GET', '/records/1'))
    const [, version] = /\.(\d+)"$/.exec(etag)!
    const foreign = [`"${'0'.repeat(8)}.${version}"`, `"${version}"`, '""', `${etag.slice(0, -1)}0"`, '"ü,"']
    for (const other of foreign) {
      assert.equal((await send('PUT', '/records/1', '{}', ifMatch(other))).status, 412, other)
      assert.equal((await send('DELETE', '/records/1', '', ifMatch(other))).status, 412, other)
      assert.equal((await send('GET', '/records/1', '', ifNoneMatch(other))).status, 200, other)
    }
    assert.equal((await send('PUT', '/records/1', '{}', ifMatch([...foreign, etag].join(', ')))).status, 204)
  })

  check('any sequence of conditional requests has the outcomes that the plain model has', async ({ send, context }) => {
    let run = 0
    await fc.assert(
      fc.asyncProperty(fc.array(STEP, { minLength: 5, maxLength: 40 }), async steps => {
        const model = new Model(run++)
        for (const step of steps) await model.compare(step, send)
      }),
      { numRuns: 40 },
    )
    assert.equal(context.count.store_failures.value, 0)
  })
}

type Tag = 'none' | 'current' | 'weak' | 'first' | 'foreign' | 'any' | 'list'
const TAG = fc.constantFrom<Tag>('none', 'none', 'current', 'current', 'weak', 'first', 'foreign', 'any', 'list')
const STEP = fc.record({
  method: fc.constantFrom('GET', 'PUT', 'PUT', 'DELETE'),
  which: fc.integer({ min: 0, max: 2 }),
  match: TAG,
  noneMatch: TAG,
})
type Step = typeof STEP extends fc.Arbitrary<infer Value> ? Value : never

/** Records as the standard says they behave, written as plainly as possible. */
class Model {
  readonly #run: number
  readonly #etags = new Map<string, string>()
  readonly #firsts = new Map<string, string>()
  #writes = 0

  constructor(run: number) {
    this.#run = run
  }

  async compare({ method, which, match, noneMatch }: Step, send: Subject['send']): Promise<void> {
    const id = `run${this.#run}-${which}`
    const current = this.#etags.get(id)
    const fields = this.#field('if-match', match, id) + this.#field('if-none-match', noneMatch, id)
    const reply = await send(method, `/records/${id}`, method === 'PUT' ? String(this.#writes++) : '', fields)
    assert.equal(reply.status, this.#status(method, current, match, noneMatch, id), `${method} ${match} ${noneMatch}`)
    if (reply.status === 201 || (reply.status === 204 && method === 'PUT')) {
      const etag = etagOf(reply)
      assert.ok(![...this.#etags.values(), ...this.#firsts.values()].includes(etag))
      this.#etags.set(id, etag)
      if (!this.#firsts.has(id)) this.#firsts.set(id, etag)
    } else if (reply.status === 204) this.#etags.delete(id)
    else if (reply.status === 200 || reply.status === 304) assert.equal(etagOf(reply), current)
  }

  #field(name: string, tag: Tag, id: string): string {
    const current = this.#etags.get(id) ?? '"absent"'
    const first = this.#firsts.get(id) ?? '"never"'
    const values: Record<Tag, string | undefined> = {
      none: undefined,
      current,
      weak: `W/${current}`,
      first,
      foreign: '"foreign"',
      any: '*',
      list: `"foreign",${first} ,  W/"x", ${current}`,
    }
    return values[tag] === undefined ? '' : `\n${name}: ${values[tag]}`
  }

  #status(method: string, current: string | undefined, match: Tag, noneMatch: Tag, id: string): number {
    const first = this.#firsts.get(id) === current
    const there = current !== undefined
    const strong = there && (['current', 'any', 'list'].includes(match) || (match === 'first' && first))
    const weak = there && (['current', 'weak', 'any', 'list'].includes(noneMatch) || (noneMatch === 'first' && first))
    if (match !== 'none' && !strong) return 412
    if (method === 'GET') return !there ? 404 : weak ? 304 : 200
    if (weak) return 412
    if (method === 'PUT') return there ? 204 : 201
    return there ? 204 : 404
  }
}
