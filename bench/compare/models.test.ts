import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { components } from '@archlab/components/catalog'
import { loadTopology, parseCompared } from '@archlab/runtime/topology'
import { tactics } from '@archlab/tactics/catalog'
import { planLoad } from '../load/command/plan/load-plan.ts'
import { NO_OPTIONS } from '../load/command/plan/options.ts'
import { comparisonOf } from './comparison.ts'
import { makeRuns } from './experiment.ts'
import { withModels } from './models.ts'
import { compareHtml } from './report/report.ts'
import { compareText } from './summary.ts'
import { FakeLaboratory, subject } from './test-runs.ts'

const FILE = fileURLToPath(new URL('../../examples/mm1.yaml', import.meta.url))
const ARMS = ['one server', 'two servers']
const MEASURES = ['mean', 'p95'].map(text => parseCompared(text, null))

async function armOf(name: string, servers: number) {
  const set = [`components.server.servers=${servers}`]
  const { topology } = await loadTopology(FILE, { catalogs: { components, tactics }, set, env: {} })
  const load = { ...NO_OPTIONS, duration: { option: '--duration', text: '30s' }, seed: 1 }
  return { name, topology: topology!, plan: planLoad(load, topology!).plan! }
}

test('each variant has theory and simulation of its own beside the mean of its runs', async () => {
  const plan = { arms: ARMS, runs: 3, seed: 1, measures: MEASURES, accept: [] }
  const made = await makeRuns(plan, new FakeLaboratory(() => ({ p95: 40 })))
  const bare = comparisonOf({ ...subject(ARMS), measures: MEASURES }, made, 1000)
  const arms = await Promise.all(ARMS.map((name, at) => armOf(name, at + 1)))
  const { signal } = new AbortController()
  const wanted = { theory: true, simulation: true, hopCostMs: 0, hopTimeMs: 0 }
  const { models } = await withModels(bare, MEASURES, arms, wanted, signal)
  assert.deepEqual(
    models.map(({ arm, rows }) => [arm, rows.map(({ measure }) => measure)]),
    ARMS.map(arm => [arm, ['mean', 'p95']]),
  )
  const [one, two] = models.map(({ rows }) => rows[0]!)
  assert.ok(two!.theory.value! < one!.theory.value!, 'a second server leaves less waiting')
  for (const { theory, simulation } of [one!, two!]) {
    assert.ok(simulation.interval!.low! < theory.value! && theory.value! < simulation.interval!.high!)
  }
  assert.equal(models[0]!.rows[1]!.measurement.value, bare.measures[1]!.values[ARMS[0]!]![0])

  const result = { ...bare, models }
  assert.match(
    compareText(result),
    /two servers: theory, simulation, and the mean of the runs\nmeasure +theory +simulation +measured/,
  )
  assert.match(compareHtml(result), /two servers, three ways/)
  assert.doesNotMatch(compareHtml(bare), /three ways/)
})

test('what is not wanted is not worked out', async () => {
  const made = await makeRuns(
    { arms: ARMS, runs: 3, seed: 1, measures: MEASURES, accept: [] },
    new FakeLaboratory(() => ({ p95: 40 })),
  )
  const bare = comparisonOf({ ...subject(ARMS), measures: MEASURES }, made, 1000)
  const wanted = { theory: false, simulation: false, hopCostMs: 0, hopTimeMs: 0 }
  assert.equal(await withModels(bare, MEASURES, [], wanted, new AbortController().signal), bare)
})
