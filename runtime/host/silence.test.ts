import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HangWatch, type Watched } from './hang-watch.ts'
import { Silence } from './silence.ts'

const EVERY_MS = 250

test('a thread whose event loop waits now and then is not silent', () => {
  const silence = new Silence()
  for (const idleMs of [1, 2, 3, 3.5]) assert.equal(silence.look(idleMs, EVERY_MS, EVERY_MS), 0)
})

test('silence grows with every look at which the loop has not waited, and ends with an answer', () => {
  const silence = new Silence()
  silence.look(5, EVERY_MS, EVERY_MS)
  assert.equal(silence.look(5, EVERY_MS, EVERY_MS), 250)
  assert.equal(silence.look(5, 300, EVERY_MS), 500, 'a look that is a bit late counts no more')
  silence.heard()
  assert.equal(silence.look(5, EVERY_MS, EVERY_MS), 250)
})

test('after a pause in which the observer slept too, nobody is blamed', () => {
  const silence = new Silence()
  silence.look(5, EVERY_MS, EVERY_MS)
  silence.look(5, EVERY_MS, EVERY_MS)
  assert.equal(silence.look(5, 60_000, EVERY_MS), 0)
})

test('a thread that does not run is not silent', () => {
  const silence = new Silence()
  for (let looks = 0; looks < 9; looks++) assert.equal(silence.look(null, EVERY_MS, EVERY_MS), 0)
})

class Fake implements Watched {
  hangLimitMs: number | null = 1000
  idle = 1
  pings = 0
  answers = false
  idleMs(): number {
    return this.idle
  }
  ping(): Promise<void> {
    this.pings += 1
    return this.answers ? Promise.resolve() : new Promise(() => {})
  }
}

/** Looks so many times at the distance of the watch, and lets answers arrive in between. */
async function look(watch: HangWatch<Fake>, times: number): Promise<void> {
  for (let count = 0; count < times; count++) {
    atMs += EVERY_MS
    watch.look(atMs)
    await Promise.resolve()
    await Promise.resolve()
  }
}
let atMs = performance.now() + 1_000_000

test('a thread that neither waits nor answers is reported within one and a half seconds', async t => {
  const thread = new Fake()
  const hung: number[] = []
  const watch = new HangWatch(
    () => [thread],
    (_, silentMs) => void hung.push(silentMs),
  )
  t.after(() => watch.close())
  await look(watch, 5)
  assert.deepEqual(hung, [])
  await look(watch, 1)
  assert.deepEqual(hung, [1250])
  assert.equal(thread.pings, 1)
})

test('a thread that is busy all the time but answers is left alone, and one that may hang for ever too', async t => {
  const busy = new Fake()
  busy.answers = true
  const free = new Fake()
  free.hangLimitMs = null
  const watch = new HangWatch(
    () => [busy, free],
    () => assert.fail('nobody hangs'),
  )
  t.after(() => watch.close())
  await look(watch, 50)
  assert.ok(busy.pings > 10)
  assert.equal(free.pings, 0)
})
