import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '@archlab/runtime/kit'
import { comparisonOf } from './comparison.ts'
import { makeRuns } from './experiment.ts'
import { compareText } from './summary.ts'
import { FakeLaboratory, type MadeUp, MEASURES, subject } from './test-runs.ts'

const ARMS = ['old', 'new']
const PLAN = { arms: ARMS, runs: 10, seed: 1, measures: MEASURES, accept: [] }
const noise = (seed: number, size = 0.02): number => 1 + size * (seededRandom(seed).next() - 0.5)

/** The new one takes half as long. */
const half = ({ arm, seed }: { arm: string; seed: number }): MadeUp => ({
  p95: (arm === 'old' ? 40 : 20) * noise(seed + arm.length * 0.1 + (arm === 'old' ? 7 : 0)),
})

test('every block has each arm once, with the same seed, in an order that is random and the same again', async () => {
  const [first, again] = [new FakeLaboratory(half), new FakeLaboratory(half)]
  await makeRuns(PLAN, first)
  await makeRuns(PLAN, again)
  assert.deepEqual(first.turns, again.turns)
  const blocks = Object.values(Object.groupBy(first.turns, turn => turn.block))
  assert.equal(blocks.length, 10)
  for (const block of blocks) {
    assert.deepEqual(block!.map(({ arm }) => arm).sort(), ['new', 'old'])
    assert.equal(new Set(block!.map(({ seed }) => seed)).size, 1)
  }
  assert.equal(new Set(first.turns.map(({ seed }) => seed)).size, 10)
  const firsts = blocks.map(block => block![0]!.arm)
  assert.ok(firsts.includes('old') && firsts.includes('new'))
})

test('an arm that takes half as long is better, what is the same is equivalent, with intervals around the truth', async () => {
  const result = comparisonOf(subject(ARMS), await makeRuns(PLAN, new FakeLaboratory(half)), 1000)
  assert.ok(result.complete && result.blocks === 10)
  const [p95, throughput, errors] = result.measures.map(({ comparisons }) => comparisons[0]!)
  assert.deepEqual([p95!.verdict, throughput!.verdict, errors!.verdict], ['better', 'equivalent', 'equivalent'])
  const { value, interval } = p95!.ratio!
  assert.ok(interval![0] <= value && value <= interval![1] && Math.abs(value - 0.5) < 0.02)
  assert.ok(p95!.difference!.value < -19 && p95!.difference!.value > -21)
  assert.ok(p95!.pAdjusted! >= p95!.p! && p95!.pAdjusted! <= 0.05)
  assert.equal(errors!.ratio, null)
  assert.ok(result.quantiles.new!.every(({ ratio }) => Math.abs(ratio.value - 0.5) < 0.02))
  const text = compareText(result)
  assert.match(text, /p95 .* −50\.\d %.* better/)
  assert.match(text, /equivalent within 5\.0 %/)
})

test('with the roles turned the same difference is worse', async () => {
  const turned = { ...PLAN, arms: ['new', 'old'] }
  const result = comparisonOf(subject(turned.arms), await makeRuns(turned, new FakeLaboratory(half)), 1000)
  assert.equal(result.measures[0]!.comparisons[0]!.verdict, 'worse')
})

test('an invalid run is made again and stands in no figure; the others of its block stay', async () => {
  const lab = new FakeLaboratory((turn, at) => (at === 2 ? { p95: 9999, failed: ['schedule'] } : half(turn)))
  const result = comparisonOf(subject(ARMS), await makeRuns(PLAN, lab), 1000)
  const invalid = result.runs.filter(run => !run.used)
  assert.deepEqual([result.runs.length, invalid.length, result.complete], [21, 1, true])
  assert.equal(lab.turns[3]!.seed, lab.turns[2]!.seed)
  assert.ok(!Object.values(result.measures[0]!.values).flat().includes(9999))
  assert.match(compareText(result), /1 of 21 runs were invalid \(schedule\) and not used/)
})

test('a check that the experiment accepts may fail, another one may not', async () => {
  const failing = (failed: string) => new FakeLaboratory(turn => ({ ...half(turn), failed: [failed] }))
  const accepted = await makeRuns({ ...PLAN, accept: ['steady'] }, failing('steady'))
  assert.deepEqual([accepted.end.type, accepted.blocks], ['done', 10])
  const refused = await makeRuns({ ...PLAN, accept: ['steady'] }, failing('schedule'))
  assert.deepEqual([refused.end.type, refused.blocks, refused.runs.length], ['invalid', 0, 5])
  const { complete, ended } = comparisonOf(subject(ARMS), refused, 1)
  assert.equal(complete, false)
  assert.match(ended, /invalid 5 times in a row. schedule: It was schedule\.$/)
})

test('an unlikely draw of arrivals is no fault of a run: it belongs to the seed of its block', async () => {
  const lab = new FakeLaboratory(turn => ({ ...half(turn), failed: turn.seed % 2 === 0 ? ['gaps'] : [] }))
  const { runs, end } = await makeRuns(PLAN, lab)
  assert.deepEqual([end.type, runs.length], ['done', 20])
})

test('what was ended by hand says what whole blocks say, and that it is incomplete', async () => {
  const lab = new FakeLaboratory((turn, at) => {
    if (at === 15) lab.end()
    return at === 15 ? { ...half(turn), complete: false } : half(turn)
  })
  const result = comparisonOf(subject(ARMS), await makeRuns(PLAN, lab), 1000)
  assert.deepEqual([result.complete, result.blocks], [false, 7])
  assert.equal(result.runs.filter(run => run.used).length, 14)
  assert.equal(result.measures[0]!.comparisons[0]!.verdict, 'better')
  assert.match(compareText(result), /INCOMPLETE/)
})

test('auto ends at the first look with an answer to everything, and at its last look without one', async () => {
  const clear = await makeRuns({ ...PLAN, runs: 'auto' }, new FakeLaboratory(half))
  assert.deepEqual([clear.end.type, clear.blocks, clear.alpha], ['answered', 10, 0.01])
  const wild = new FakeLaboratory(({ arm, seed }) => ({
    p95: 40 * noise(seed + arm.length + (arm === 'old' ? 1 : 2), 1.5),
  }))
  const open = await makeRuns({ ...PLAN, runs: 'auto' }, wild)
  assert.deepEqual([open.end.type, open.blocks], ['done', 40])
  const result = comparisonOf(subject(ARMS), open, 1000)
  assert.equal(result.measures[0]!.comparisons[0]!.verdict, 'inconclusive')
  assert.ok(result.measures[0]!.comparisons[0]!.runsNeeded! > 40)
})

test('a lab that fails is no run, whatever figures it left', async () => {
  const lab = new FakeLaboratory(turn => ({ ...half(turn), failure: 'the host died' }))
  const { end } = await makeRuns(PLAN, lab)
  assert.ok(end.type === 'invalid' && end.run.failures[0]!.check === 'lab')
})

test('a lab that cannot be made ends the experiment: what there is by then is kept, the first one is told as it is', async () => {
  const failing = (after: number) =>
    new FakeLaboratory((turn, at) => {
      if (at === after) throw new Error('the port is in use')
      return half(turn)
    })
  await assert.rejects(makeRuns(PLAN, failing(0)), /port/)
  const made = await makeRuns(PLAN, failing(14))
  const { complete, ended, blocks } = comparisonOf(subject(ARMS), made, 1)
  assert.deepEqual([made.end.type, complete, blocks], ['failed', false, 7])
  assert.match(ended, /failed: the port is in use/)
})
