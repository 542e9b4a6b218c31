import assert from 'node:assert/strict'
import { fileURLToPath } from 'node:url'
import { components } from '@archlab/components/catalog'
import { loadTopology } from '@archlab/runtime/topology'
import { tactics } from '@archlab/tactics/catalog'
import { type PredictOptions, predict } from './predict.ts'
import { figureOf, type Prediction } from './prediction.ts'

/** The prediction for a workload of a file, by default that of the tests, with patches. */
export async function predicted(
  workload: string,
  { set = [], file = './fixtures/lab.yaml', ...options }: PredictOptions & { set?: string[]; file?: string } = {},
): Promise<Prediction> {
  const path = fileURLToPath(new URL(file, import.meta.url))
  const { topology, problems } = await loadTopology(path, { catalogs: { components, tactics }, set, env: {} })
  assert.deepEqual(
    problems.map(one => one.message),
    [],
  )
  return predict(topology!, topology!.workloads[workload]!, options)
}

/** Asserts that a measure has this value and label. */
export function says(prediction: Prediction, measure: string, expected: number, label: string, precision = 1e-6): void {
  const { value, label: given } = figureOf(prediction, measure)
  assert.ok(value !== null, `${measure} has no value`)
  const error = Math.abs(value - expected) / Math.max(1e-9, Math.abs(expected))
  assert.ok(error <= precision, `${measure} is ${value}, not ${expected}`)
  assert.equal(given, label, `label of ${measure}`)
}
