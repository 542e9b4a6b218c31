import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  Cancellation,
  compose,
  decodeSettings,
  type Handler,
  headers,
  Reply,
  Request,
  type TacticDefinition,
  type Wrap,
} from '@archlab/runtime/kit'
import { FakeClock, FakeKeep, type FakeOptions, fakeContext, settle } from '@archlab/runtime/testing'
import fc from 'fast-check'
import { tactics } from './catalog.ts'
import { type Course, SUBJECTS, type Subject } from './test-subjects.ts'

const OK = new Reply(200, '', 'fine')

async function place(definition: TacticDefinition, subject: Subject, next: Handler, options: FakeOptions = {}) {
  const clock = new FakeClock()
  const context = fakeContext(definition, { settings: subject.settings, links: subject.links, clock, ...options })
  const handler = (await definition.create(context))(next)
  const send = async (fields: object = {}): Promise<Reply> =>
    handler(new Request({ method: 'GET', path: '/', headers: GOOD, arrivedAtMs: clock.nowMs(), ...fields }))
  const counts = (): Record<string, number> =>
    Object.fromEntries(Object.entries(context.count).map(([name, meter]) => [name, meter.value]))
  return { context, clock, send, counts }
}

const GOOD = headers({ authorization: 'Bearer good' })
const anyRequest = fc.record({
  method: fc.constantFrom('GET', 'GET', 'GET', 'HEAD', 'POST', 'DELETE'),
  path: fc.constantFrom('/', '/a', '/b', `/${'x'.repeat(3000)}`, '/__proto__'),
  query: fc.constantFrom('', 'q=1'),
  client: fc.constantFrom('', '127.0.0.1', '::1'),
  headers: fc.constantFrom(
    '',
    GOOD,
    headers({ authorization: 'Bearer bad' }),
    headers({ authorization: 'x'.repeat(10_000) }),
    headers({ 'cache-control': 'no-cache', range: 'bytes=0-1' }),
  ),
  body: fc.constantFrom<string | Uint8Array>('', 'text', new Uint8Array([255])),
})

for (const [name, url] of Object.entries(tactics)) {
  const { default: definition } = (await import(url)) as { default: TacticDefinition }
  const subject = SUBJECTS[name]

  describe(name, () => {
    if (!subject) {
      test('it stands in the table of this suite', () => assert.fail(`add a line for ${name} to SUBJECTS`))
      return
    }

    test('its name is that of its folder and file', () => {
      assert.equal(definition.name, name)
      assert.ok(url.endsWith(`/${name}/${name}.ts`))
    })

    test('it explains itself: summary, textbook tactic, an example, every setting and counter', () => {
      for (const text of [definition.summary, definition.about, definition.realises]) assert.ok(text)
      assert.ok(definition.example.startsWith(`- ${name}: {`))
      for (const setting of Object.values(definition.settings))
        assert.ok((setting as { description: string }).description)
      const meters = { ...definition.counters, ...definition.gauges }
      for (const [meter, sentence] of Object.entries(meters)) {
        assert.match(meter, /^[a-z]+(_[a-z]+)*$/)
        assert.ok(sentence)
      }
      for (const counter of subject.partition) assert.ok(counter in meters)
    })

    test('its defaults decode and make sense together', () => {
      const settings = decodeSettings(definition.settings, subject.settings)
      assert.deepEqual(definition.check?.(settings, { readText: () => '' }) ?? [], [])
    })

    test('an error of what it wraps goes to the caller or becomes a reply, and the next request is served', async () => {
      const faults: Handler[] = [
        () => {
          throw new Error('broken')
        },
        () => Promise.reject(new Error('broken')),
      ]
      for (const fault of faults) {
        let broken = true
        const { send, counts } = await place(definition, subject, request => (broken ? fault(request) : OK))
        const outcome = await send().catch(error => error)
        assert.ok(outcome instanceof Reply || outcome.message === 'broken')
        broken = false
        assert.equal((await send()).body, 'fine')
        assert.equal(sum(counts(), subject.partition), 2)
      }
    })

    test('what never answers leaves no timer behind once its caller has gone and the scope is closed', async () => {
      const { send, clock, context } = await place(definition, subject, () => new Promise(() => {}))
      const cancellation = new Cancellation()
      void send({ cancellation, deadlineMs: clock.nowMs() + 5000 })
      void send({ deadlineMs: clock.nowMs() + 5000 })
      await settle()
      cancellation.cancel()
      await context.scope.close()
      await settle()
      assert.equal(clock.pending, 0)
    })

    test('a caller that has already gone does not wedge it', async () => {
      const { send } = await place(definition, subject, async () => OK)
      const cancellation = new Cancellation()
      cancellation.cancel()
      await send({ cancellation })
      assert.equal((await send()).body, 'fine')
    })

    test('its decisions add up to the requests, whatever they are', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(anyRequest, { maxLength: 20 }), fc.boolean(), async (requests, together) => {
          const { send, counts } = await place(definition, subject, async () => OK)
          if (together) await Promise.all(requests.map(send))
          else for (const request of requests) await send(request)
          assert.equal(sum(counts(), subject.partition), requests.length)
        }),
        { numRuns: 50 },
      )
    })

    test('report-only lets every request pass as it is and decides and counts all the same', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(anyRequest, { maxLength: 20 }), async requests => {
          const seen: Request[] = []
          const next: Handler = request => {
            seen.push(request)
            return OK
          }
          const { send, counts } = await place(definition, subject, next, { reportOnly: true })
          for (const request of requests) assert.equal(await send(request), OK)
          assert.equal(seen.length, requests.length)
          assert.equal(sum(counts(), subject.partition), requests.length)
        }),
        { numRuns: 50 },
      )
    })

    test('it goes on where it was when another tactic of its place is changed', async () => {
      const { settings, links } = subject
      const neighbour: Wrap = next => request => next(request.with({ path: request.path }))
      const course = (changeAt?: number) =>
        fortyRequests(definition, { settings, links }, {}, changeAt, async ({ wrap }) => [wrap, neighbour])
      assert.deepEqual(await course(25), await course())
    })

    test('it goes on where it was when settings of its own are changed that what it knows does not depend on', async t => {
      const { edit, links } = subject
      if (!edit) return t.skip('it knows nothing from one request to the next')
      const settings = edit.settings ?? subject.settings
      const course = (change: object, changeAt?: number, isKept = true) =>
        fortyRequests(definition, { settings, links }, edit, changeAt, async ({ context: before }) => {
          const { clock, count, gauge, random } = before
          const kept = isKept ? before.kept : new FakeKeep()
          const changed = { settings: { ...settings, ...change }, links, before: { clock, count, gauge, random, kept } }
          const context = fakeContext(definition, changed)
          before.scope.defer(() => context.scope.close())
          return [await definition.create(context)]
        })
      const unchanged = await course({})
      assert.deepEqual(await course(edit.change, 25), unchanged)
      assert.notDeepEqual(
        await course(edit.change, 25, false),
        unchanged,
        'without its state it must be seen to differ',
      )
    })

    test('its tables are bounded: of 100 different requests it remembers the last 10', async t => {
      const { bounded, remembered } = subject
      if (!bounded || !remembered) return t.skip('it has no table')
      const { send, counts } = await place(definition, { ...subject, settings: bounded }, () => OK)
      const different = Array.from({ length: 100 }, (_, at) => ({
        path: `/${at}`,
        headers: headers({ authorization: `Bearer good${at}` }),
      }))
      for (const request of different) await send(request)
      const sendAgain = async () => {
        for (const request of different.slice(-20).reverse()) await send(request)
        return counts()
      }
      assert.equal(await remembered(counts(), sendAgain), 10)
    })
  })
}

/**
 * Sends forty requests, and tells what came of them. Before the request `changeAt` the place is composed anew of what `after`
 * makes of the tactic, as the runtime does after an edit.
 */
async function fortyRequests(
  definition: TacticDefinition,
  options: FakeOptions,
  course: Course,
  changeAt?: number,
  after: (before: Placed) => Promise<Wrap[]> = async () => [],
) {
  const clock = new FakeClock()
  const context = fakeContext(definition, { ...options, clock })
  const placed: Placed = { context, wrap: await definition.create(context) }
  const { failures = 22, tookMs, method = () => 'GET' } = course
  let calls = 0
  let at = 0
  const origin: Handler = () => {
    const reply = calls++ < failures ? new Reply(503) : OK
    const lastsMs = tookMs?.(at)
    return lastsMs === undefined ? reply : new Promise(resolve => clock.after(lastsMs, () => resolve(reply)))
  }
  let handler = compose([placed.wrap], origin)
  const statuses: number[] = []
  const replies: Promise<Reply>[] = []
  for (; at < 40; at++) {
    if (at === changeAt) handler = compose(await after(placed), origin)
    const fields = {
      method: method(at),
      path: `/${at % 3}`,
      headers: GOOD,
      arrivedAtMs: clock.nowMs(),
    }
    replies.push(Promise.resolve(handler(new Request(fields))))
    await clock.advance(10)
  }
  await clock.advance(60_000)
  for (const reply of replies)
    statuses.push(await Promise.race([reply.then(({ status }) => status), settle().then(() => 0)]))
  const counts = Object.fromEntries(Object.entries(context.count).map(([name, meter]) => [name, meter.value]))
  await context.scope.close()
  return { statuses, counts, calls }
}

interface Placed {
  readonly context: ReturnType<typeof fakeContext>
  readonly wrap: Wrap
}

function sum(counts: Readonly<Record<string, number>>, names: readonly string[]): number {
  return names.reduce((total, name) => total + counts[name]!, 0)
}
