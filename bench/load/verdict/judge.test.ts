import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '@archlab/runtime/kit'
import type { GeneratorReport } from '../generator/protocol.ts'
import type { Validity } from '../result.ts'
import { judge } from './judge.ts'
import type { ComponentSamples, LabSamples, RunToJudge } from './run.ts'
import { closed, named, type Simulation, simulated, workload } from './test-runs.ts'

const LOAD = workload({ arrivals: { type: 'poisson', perSecond: 200 }, durationMs: 20_000, warmupMs: 2000 })
const GOOD: Simulation = { workload: LOAD, lateMs: (_at, random) => 0.3 * random.next(), serviceMs: () => 3 }
const RUN = simulated(GOOD)

/** A component whose samples are the same all the time. */
const component = (change: Partial<ComponentSamples> & { busy?: number } = {}): ComponentSamples => ({
  utilisation: Array(20).fill(change.busy ?? 0.3),
  queueLength: Array(20).fill(0),
  answered: 4000,
  refused: 0,
  ...change,
})
const lab = (components: Record<string, ComponentSamples>): LabSamples => ({ components })
const judged = (change: Partial<RunToJudge>, report: Partial<GeneratorReport> = {}): Validity =>
  judge({ ...RUN, ...change, report: { ...(change.report ?? RUN.report), ...report } })
const failed = ({ checks }: Validity): string[] =>
  checks.filter(({ verdict }) => verdict === 'failed').map(({ name }) => name)
const why = (validity: Validity): string => named(validity.checks, 'bottleneck').explanation

test('a run that kept everything is valid, every check has its sentence, and nobody was the bottleneck', () => {
  const validity = judged({ lab: lab({ api: component() }) })
  assert.deepEqual([validity.verdict, validity.bottleneck, failed(validity)], ['valid', 'none', []])
  assert.deepEqual(
    validity.checks.map(({ name }) => name),
    ['schedule', 'rate', 'gaps', 'drops', 'steady', 'little', 'counts', 'excess', 'bottleneck'],
  )
  for (const { explanation } of validity.checks) assert.match(explanation, /^[A-Z0-9].*\.$/)
  assert.deepEqual(structuredClone(validity), validity)
  assert.deepEqual(JSON.parse(JSON.stringify(validity)), validity, 'no NaN or Infinity among the figures')
})

test('good runs are almost never invalid', () => {
  const invalid = Array.from({ length: 100 }, (_, seed) => judge(simulated({ ...GOOD, seed }))).filter(
    ({ verdict }) => verdict === 'invalid',
  )
  // Gaps 1 %, rate 0.1 %, steady 1.1 % at most.
  assert.ok(invalid.length <= 5, `${invalid.length}: ${invalid.map(failed).join()}`)
})

test('any check that fails makes the run invalid', () => {
  const wrong = judged({}, { excessReplies: 1 })
  assert.deepEqual([wrong.verdict, failed(wrong)], ['invalid', ['excess']])
})

test('a generator that is late on an idle lab is the bottleneck; a busy lab may have taken its time', () => {
  const late = simulated({ ...GOOD, lateMs: (_at, random) => 8 * random.next() })
  const idle = judged({ report: late.report, lab: lab({ api: component() }) })
  assert.deepEqual([idle.verdict, idle.bottleneck], ['invalid', 'generator'])
  assert.deepEqual(failed(idle).toSorted(), ['bottleneck', 'gaps', 'schedule'])
  const busy = judged({ report: late.report, lab: lab({ api: component({ busy: 0.95 }) }) })
  assert.deepEqual([busy.verdict, busy.bottleneck], ['invalid', 'lab'])
})

test('a generator without time to spare is the bottleneck, also where that harmed nothing', () => {
  const busy = judged({ lab: lab({ api: component({ busy: 0.99 }) }) }, { busyRatio: 0.9 })
  assert.deepEqual([busy.verdict, busy.bottleneck], ['valid', 'generator'])
  assert.match(why(busy), /generator was the bottleneck.*90 %/)
  assert.equal(judged({}, { busyRatio: 0.89 }).bottleneck, 'none')
})

const SIGNS: Record<string, { with: ComponentSamples; without: ComponentSamples; says: RegExp }> = {
  'a thread that is busy nine tenths of the time': {
    with: component({ busy: 0.9 }),
    without: component({ busy: 0.89 }),
    says: /thread of worker was busy 90 %/,
  },
  'a queue that grows': {
    with: component({ queueLength: Array.from({ length: 20 }, (_, at) => at) }),
    without: component({ queueLength: Array.from({ length: 20 }, (_, at) => at % 2) }),
    says: /queue of worker grew/,
  },
  refusals: {
    with: component({ answered: 4000, refused: 40 }),
    without: component({ answered: 4000, refused: 39 }),
    says: /worker refused 1 %/,
  },
}

for (const [name, sign] of Object.entries(SIGNS)) {
  test(`${name} in the lab: the lab is the bottleneck`, () => {
    const seen = judged({ lab: lab({ api: component(), worker: sign.with }) })
    assert.equal(seen.bottleneck, 'lab')
    assert.match(why(seen), sign.says)
    assert.equal(judged({ lab: lab({ api: component(), worker: sign.without }) }).bottleneck, 'none')
  })
}

test('what a component did before the end of the warm-up, or while nobody looked, does not count', () => {
  const early = component({ utilisation: [1, 1, ...Array(18).fill(0.88)] })
  assert.equal(judged({ lab: lab({ api: early }) }).bottleneck, 'none')
  const unseen = component({ utilisation: Array(20).fill(null), queueLength: Array(20).fill(null) })
  assert.equal(judged({ lab: lab({ api: unseen }) }).bottleneck, 'none')
})

test('of a server that is not ours the replies tell: refusals, silence, a queue that grows, connections that are taken', () => {
  const refusing = structuredClone(RUN.report)
  const { statuses } = refusing.requests[0]!.measured
  statuses[503] = 100
  statuses[200]! -= 100
  assert.match(why(judged({ report: refusing })), /lab was the bottleneck.*429 or 503/)

  const silent = judge(simulated({ ...GOOD, outcome: nth => (nth % 50 === 0 ? 'timeout' : 'replied') }))
  assert.match(why(silent), /2[.\d]* % of the requests had no reply in time/)

  const serviceMs: NonNullable<Simulation['serviceMs']> = (_at, random) => -6 * Math.log(1 - random.next())
  const overloaded = judge(simulated({ ...GOOD, oneByOne: true, serviceMs }))
  assert.deepEqual([overloaded.bottleneck, failed(overloaded)], ['lab', ['steady']])
  assert.match(why(overloaded), /piled up/)

  const lag = { ...RUN.report.lag, p99: 50 }
  assert.match(why(judged({}, { lag })), /connections were taken/)
})

test('users that ask again at once are held up by the server, users that think are not', () => {
  const users = (valueMs: number): Validity =>
    judge(simulated({ workload: { ...LOAD, arrivals: closed({ think: { type: 'constant', valueMs } }) } }))
  assert.deepEqual([users(0).verdict, users(0).bottleneck], ['valid', 'lab'])
  assert.deepEqual([users(5).verdict, users(5).bottleneck], ['valid', 'none'])
})

test('a server that stalls for a second makes no run invalid: the percentiles show it', () => {
  const stall = (atMs: number): number => (atMs > 8000 && atMs < 9000 ? 9000 - atMs : 3)
  const stalled = simulated({ ...GOOD, serviceMs: stall })
  assert.ok(stalled.report.latency.p99! > 500)
  assert.equal(judge(stalled).verdict, 'valid')
})

test('a run that was stopped early is judged by what there is', () => {
  const random = seededRandom('stop')
  const untilMs = 12_000 + 1000 * random.next()
  const short = simulated({ ...GOOD, workload: { ...LOAD, durationMs: untilMs } })
  const validity = judge({ ...short, workload: LOAD, report: { ...short.report, stopped: true } })
  assert.deepEqual([validity.verdict, failed(validity)], ['valid', []])
})

test('a run in which nothing came is not taken for a good one', () => {
  const nothing = judge(simulated({ workload: LOAD, planned: () => [] }))
  assert.deepEqual([nothing.verdict, failed(nothing)], ['invalid', ['rate']])
})
