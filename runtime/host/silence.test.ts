import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
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

test('what counts as a hang is processor time burnt in this silence, whoever measured it', () => {
  const silence = new Silence()
  const silent = (looks: number): void => {
    for (let look = 0; look < looks; look++) silence.look(5, EVERY_MS, EVERY_MS)
  }
  silence.burnt(9_000)
  silent(2)
  silence.burnt(10_000)
  silence.burnt(10_999)
  assert.equal(silence.isHang(1000), false)
  silence.burnt(11_000)
  assert.equal(silence.isHang(1000), true)
  silence.heard()
  silent(1)
  silence.burnt(11_100)
  assert.equal(silence.isHang(1000), false, 'what was burnt before the answer is forgiven')
})

class Fake implements Watched {
  hangLimitMs: number | null = 1000
  idle = 1
  pings = 0
  answers = false
  /** Share of a processor that it gets; none, and it cannot even be measured. */
  share = 1
  #cpuMs = 0
  idleMs(): number {
    return this.idle
  }
  ping(): Promise<void> {
    this.pings += 1
    return this.answers ? Promise.resolve() : new Promise(() => {})
  }
  cpuMs(): Promise<number | null> {
    this.#cpuMs += this.share * EVERY_MS
    return this.share > 0 ? Promise.resolve(this.#cpuMs) : new Promise(() => {})
  }
}

/** Looks at the distance of the watch until it says that a thread hangs, and lets answers arrive in between. */
async function looksUntilHung(t: TestContext, threads: readonly Fake[], most: number): Promise<number> {
  const hung: number[] = []
  const watch = new HangWatch(
    () => threads,
    (_, silentMs) => void hung.push(silentMs),
  )
  t.after(() => watch.close())
  let atMs = performance.now() + 1_000_000
  for (let looks = 1; looks <= most; looks++) {
    atMs += EVERY_MS
    watch.look(atMs)
    for (let turn = 0; turn < 3; turn++) await Promise.resolve()
    if (hung.length > 0) return looks
  }
  return Number.POSITIVE_INFINITY
}

test('a thread that computes and does not answer is reported within two seconds, and asked once', async t => {
  const thread = new Fake()
  const looks = await looksUntilHung(t, [thread], 50)
  assert.ok(looks > 5 && looks * EVERY_MS <= 2000, `${looks} looks`)
  assert.equal(thread.pings, 1)
})

test('a thread that gets half a processor is given twice the time, and one without any five times', async t => {
  const slow = new Fake()
  slow.share = 0.5
  assert.equal(await looksUntilHung(t, [slow], 50), 11)
  const starved = new Fake()
  starved.share = 0
  assert.equal(await looksUntilHung(t, [starved], 50), 22)
})

test('a thread that is busy all the time but answers is left alone, and one that may hang for ever too', async t => {
  const busy = new Fake()
  busy.answers = true
  const free = new Fake()
  free.hangLimitMs = null
  assert.equal(await looksUntilHung(t, [busy, free], 50), Number.POSITIVE_INFINITY)
  assert.ok(busy.pings > 10)
  assert.equal(free.pings, 0)
})
