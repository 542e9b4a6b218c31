import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Handler, json, seededRandom } from '@archlab/runtime/kit'
import { start } from './test-subject.ts'

const REQUESTS = 100_000
const OK = json(200, {})

/** Which of many requests made something happen, as 0 and 1. */
async function outcomes(script: readonly unknown[], seed: string, happened: 'called' | 'failed'): Promise<Uint8Array> {
  let called = 0
  const a: Handler = () => {
    called = 1
    return OK
  }
  const { ask } = await start(script, { a }, { random: seededRandom(seed) })
  return Uint8Array.from({ length: REQUESTS }, () => {
    called = 0
    const reply = ask()
    if (reply instanceof Promise) throw new Error('nothing in these scripts waits')
    return happened === 'called' ? called : Number(reply.status !== 200)
  })
}

/** Pearson's statistic of how often each of the four pairs of neighbours occurs, against independent draws. */
function chiSquareOfPairs(happened: Uint8Array, probability: number): number {
  const counts = [0, 0, 0, 0]
  for (let at = 0; at < happened.length; at += 2) counts[2 * happened[at]! + happened[at + 1]!]! += 1
  const share = [1 - probability, probability]
  return counts.reduce((sum, count, pair) => {
    const expected = (happened.length / 2) * share[pair >> 1]! * share[pair & 1]!
    return sum + (count - expected) ** 2 / expected
  }, 0)
}

/** Independent draws exceed this once in 10,000 times: chi-square with three degrees of freedom. */
const BOUND = 21.1

const CASES: readonly (readonly [script: readonly unknown[], happened: 'called' | 'failed', probability: number])[] = [
  [[{ call: 'a', chance: '30%' }], 'called', 0.3],
  [[{ call: 'a', chance: '2%' }], 'called', 0.02],
  [[{ call: 'a', chance: '97%' }], 'called', 0.97],
  [[{ fail: '5%' }], 'failed', 0.05],
  [[{ fail: '60%', status: 503 }], 'failed', 0.6],
  [[{ fail: '40%', chance: '50%' }], 'failed', 0.2],
  [[{ respond: { status: 418 }, chance: '20%' }, { fail: '0%' }], 'failed', 0.2],
  [[{ parallel: [{ call: 'a', chance: '50%' }, { fail: '10%' }], chance: '50%' }], 'called', 0.25],
  [[{ work: '0ms', chance: '50%' }, { fail: '10%' }, { call: 'a', chance: '50%' }], 'called', 0.45],
]

for (const [script, happened, probability] of CASES) {
  test(`${JSON.stringify(script)}: ${happened} in ${probability * 100} % of ${REQUESTS} requests, each for itself`, async () => {
    const statistic = chiSquareOfPairs(await outcomes(script, 'chance', happened), probability)
    assert.ok(statistic < BOUND, `${statistic}`)
  })
}

test('the statistic tells every fifth request from a chance of 20 %, and 21 % from 20 %', async () => {
  const everyFifth = Uint8Array.from({ length: REQUESTS }, (_, at) => Number(at % 5 === 0))
  assert.ok(chiSquareOfPairs(everyFifth, 0.2) > BOUND)
  assert.ok(chiSquareOfPairs(await outcomes([{ call: 'a', chance: '21%' }], 'chance', 'called'), 0.2) > BOUND)
})

test('the same seed does the same, another one does not', async () => {
  const script = [{ call: 'a', chance: '50%' }]
  const first = await outcomes(script, 'one', 'called')
  assert.deepEqual(await outcomes(script, 'one', 'called'), first)
  assert.notDeepEqual(await outcomes(script, 'other', 'called'), first)
})

test('a step that always happens draws nothing, so that adding one changes no other draw', async () => {
  const alone = await outcomes([{ call: 'a', chance: '50%' }], 'seed', 'called')
  const preceded = [{ work: '0ms' }, { call: 'a', chance: '50%' }]
  assert.deepEqual(await outcomes(preceded, 'seed', 'called'), alone)
})
