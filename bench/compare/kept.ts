import { readFileSync } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { ArchlabError } from '@archlab/runtime/kit'
import type { ComparedSpec } from '@archlab/runtime/topology'
import type { LoadResult } from '../load/result.ts'
import { judgeMeasures } from './judge.ts'
import { mechanismsOf } from './mechanisms.ts'
import type { CompareResult } from './result.ts'
import { recordOf } from './run-record.ts'
import { ALPHA } from './statistics/judge-shift.ts'

/**
 * Compares two load results that were kept from earlier. One run each says what was different, not whether it is more than
 * chance: there are no intervals, and every verdict is left open. Throws an ArchlabError for files that hold no result.
 */
export function keptComparison(files: readonly [string, string], measures: readonly ComparedSpec[]): CompareResult {
  const results = files.map(readResult)
  try {
    return comparisonOf(files, results as [LoadResult, LoadResult], measures)
  } catch (cause) {
    if (cause instanceof ArchlabError) throw cause
    const message = `${files.join(' and ')} cannot be compared: a part of a result is missing or wrong`
    throw new ArchlabError('CLI_USAGE', `${message} (${(cause as Error).message})`, { cause, hint: HINT })
  }
}

function comparisonOf(
  files: readonly [string, string],
  results: readonly [LoadResult, LoadResult],
  measures: readonly ComparedSpec[],
): CompareResult {
  const [first, second] = results
  const names = first.name === second.name ? files.map(shortName) : [first.name, second.name]
  const runs = results.map((result, at) => {
    const cost = { cpuMs: null, memoryBytes: null }
    const place = { arm: names[at]!, block: 1, attempt: 1 }
    return recordOf(place, { result, cost, failure: null }, { measures, accept: [] })
  })
  const invalid = runs.filter(run => !run.used).map(run => `${run.arm} is invalid: ${run.failures[0]!.explanation}`)
  const used = runs.map(run => ({ ...run, used: true }))
  const judged = { arms: names, runs: used, paired: false, alpha: ALPHA }
  return {
    format: 'archlab-compare/1',
    name: names.join(' or '),
    question: null,
    startedAt: first.startedAt,
    elapsedMs: first.elapsedMs + second.elapsedMs,
    complete: true,
    ended: 'Each was measured once, so nobody knows how much of a difference is chance.',
    workload: first.workload.name,
    seed: first.seed,
    environment: first.environment,
    arms: results.map(({ environment }, at) => ({
      name: names[at]!,
      patches: [],
      file: files[at]!,
      topologyHash: environment.topologyHash,
    })),
    runs: used,
    blocks: 1,
    paired: false,
    alpha: ALPHA,
    measures: judgeMeasures(judged, measures),
    costs: [],
    quantiles: {},
    mechanisms: mechanismsOf(names, used),
    models: [],
    warnings: [...invalid, ...differencesOf(first, second)],
    calibration: null,
  }
}

/** The folder that a result lies in has a name that tells them apart. */
const shortName = (file: string): string =>
  basename(file) === 'result.json' ? basename(dirname(resolve(file))) : basename(file, '.json')

const HINT = 'give the result.json of archlab load'

function readResult(file: string): LoadResult {
  try {
    const result = JSON.parse(readFileSync(file, 'utf8')) as LoadResult
    if (result?.format === 'archlab-load/1') return result
  } catch (cause) {
    throw new ArchlabError('CLI_USAGE', `cannot read ${file}: ${(cause as Error).message}`, { cause, hint: HINT })
  }
  throw new ArchlabError('CLI_USAGE', `${file} is no result of a load`, { hint: HINT })
}

/** What else than the variant may have made a difference. */
function differencesOf(first: LoadResult, second: LoadResult): string[] {
  const [here, there] = [first.environment, second.environment]
  const machine = ({ cpu, cores, node, platform }: LoadResult['environment']): string =>
    `${cores} × ${cpu}, Node ${node}, ${platform}`
  const plan = ({ workload: { name: _, ...workload }, seed }: LoadResult): unknown => ({ workload, seed })
  return [
    ...(machine(here) === machine(there) ? [] : [`the machines differ: ${machine(here)}; ${machine(there)}`]),
    ...(here.commit === there.commit ? [] : [`the commits differ: ${here.commit}; ${there.commit}`]),
    ...(isDeepStrictEqual(plan(first), plan(second))
      ? []
      : ['the workloads or their seeds differ: not the same arrivals']),
  ]
}
