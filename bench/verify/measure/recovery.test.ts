import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '@archlab/runtime/kit'
import type { Ended } from '../../load/record/recorder.ts'
import { SampleLog } from '../../load/record/sample-log.ts'
import { Arrivals } from './arrivals.ts'
import { type Recovery, recoveryOf } from './recovery.ts'

const EVENT_MS = 10_000
const END_MS = 30_000

const REPLY: Ended = { request: 0, intendedMs: 0, sentMs: 0, endedMs: 0, outcome: 'replied', status: 200, bytes: 1 }

/** 100 arrivals a second at random, exponential latencies of 10 ms; `disturb` changes those after the event. */
function recovery(disturb: (ended: Ended, sinceMs: number) => Ended, seed = 'one'): Recovery {
  const random = seededRandom(seed)
  const log = new SampleLog()
  for (let atMs = 0; atMs < END_MS; atMs += -Math.log(1 - random.next()) * 10) {
    const endedMs = atMs - Math.log(1 - random.next()) * 10
    const plain: Ended = {
      request: 0,
      intendedMs: atMs,
      sentMs: atMs,
      endedMs,
      outcome: 'replied',
      status: 200,
      bytes: 1,
    }
    log.add(atMs < EVENT_MS ? plain : disturb(plain, atMs - EVENT_MS))
  }
  const arrivals = Arrivals.of(log.samples(), ['GET /'])
  return recoveryOf(arrivals, { fromMs: 0, toMs: EVENT_MS }, { fromMs: EVENT_MS, toMs: END_MS })
}

const failed = (ended: Ended): Ended => ({ ...ended, status: 503 })

test('an outage lasts until the first arrival that is served as before', () => {
  const found = recovery((ended, sinceMs) => (sinceMs < 1200 ? failed(ended) : ended))
  assert.ok(found.type === 'recovered' && found.afterMs >= 1200 && found.afterMs < 1300, JSON.stringify(found))
})

test('slow replies are no recovery; a few failures later on are', () => {
  const slow = recovery((ended, sinceMs) => (sinceMs < 3000 ? { ...ended, endedMs: ended.endedMs + 60 } : ended))
  assert.ok(slow.type === 'recovered' && slow.afterMs >= 3000 && slow.afterMs < 3100, JSON.stringify(slow))
  const again = recovery((ended, sinceMs) =>
    sinceMs < 500 || (sinceMs > 5000 && sinceMs < 5300) ? failed(ended) : ended,
  )
  assert.ok(again.type === 'recovered' && again.afterMs >= 5300 && again.afterMs < 5400, JSON.stringify(again))
})

test('what still fails at the end has not recovered', () => {
  assert.deepEqual(
    recovery(ended => failed(ended)),
    { type: 'not recovered', observedMs: 20_000 },
  )
})

/** The same of a queue with one server (D. V. Lindley), whose slow replies come in groups. */
function recoveryOfQueue(utilisation: number, seed: string): Recovery {
  const random = seededRandom(seed)
  const exponential = (mean: number): number => -Math.log(1 - random.next()) * mean
  const log = new SampleLog()
  let waitingMs = 0
  for (let atMs = 0; atMs < END_MS; ) {
    const timeMs = waitingMs + exponential(10 * utilisation)
    log.add({ ...REPLY, intendedMs: atMs, sentMs: atMs, endedMs: atMs + timeMs })
    const gapMs = exponential(10)
    waitingMs = Math.max(0, timeMs - gapMs)
    atMs += gapMs
  }
  return recoveryOf(
    Arrivals.of(log.samples(), ['GET /']),
    { fromMs: 0, toMs: EVENT_MS },
    { fromMs: EVENT_MS, toMs: END_MS },
  )
}

test('an event that nobody notices is recovered from at once, in nearly every run, also of a queue', () => {
  const seeds = Array.from({ length: 100 }, (_, seed) => `seed ${seed}`)
  const noticed = (run: (seed: string) => Recovery): number =>
    seeds.map(run).filter(found => found.type !== 'recovered' || found.afterMs > 0).length
  const counts = [
    noticed(seed => recovery(ended => ended, seed)),
    noticed(seed => recoveryOfQueue(0.4, seed)),
    noticed(seed => recoveryOfQueue(0.6, seed)),
  ]
  for (const count of counts) assert.ok(count <= 10, `${counts} of 100`)
})

test('without a level before, or time after, nothing is said', () => {
  const arrivals = Arrivals.of(new SampleLog().samples(), ['GET /'])
  const empty = recoveryOf(arrivals, { fromMs: 0, toMs: 1000 }, { fromMs: 1000, toMs: 2000 })
  assert.equal(empty.type, 'unknown')
})
