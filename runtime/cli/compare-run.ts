import { type CompareResult, compareHtml, compareText, keptComparison } from '@archlab/bench/compare'
import { ResultFolder } from '@archlab/bench/load'
import { ArchlabError, parseRatio, UnitError } from '../kit/index.ts'
import {
  ACCEPTABLE,
  COMPARED,
  type ComparedSpec,
  didYouMean,
  ExpectationError,
  parseCompared,
  RUNS,
  RUNS_MAX,
  RUNS_MIN,
  type Topology,
} from '../topology/index.ts'
import { type ComparedArms, readArms } from './compare-arms.ts'
import type { CompareOptions } from './compare-options.ts'
import { conduct } from './conduct.ts'
import { modelsWanted } from './model-options.ts'
import { EXIT, emitJson } from './output.ts'

/** Carries out `archlab compare`; sets the process's exit code. */
export async function runCompare(names: readonly string[], options: CompareOptions): Promise<void> {
  assertUsage(names, options)
  if (names.length === 2 && names.every(name => name.endsWith('.json'))) {
    const measures = measuresOf(options, null, null)
    return finish(keptComparison(names as [string, string], measures), null, options)
  }
  const compared = await readArms(names, options)
  if (!compared) return
  await compare(compared, options)
}

function assertUsage(names: readonly string[], { without, a, b }: CompareOptions): void {
  const ways = [names.length > 0, without !== undefined, a.length + b.length > 0].filter(Boolean).length
  if (ways > 1 || names.length > 2) {
    const hint = 'give an experiment, two files, --without TACTIC, or --a and --b'
    throw new ArchlabError('CLI_USAGE', 'variants are named in more than one way', { hint })
  }
}

async function compare({ arms, experiment }: ComparedArms, options: CompareOptions): Promise<void> {
  const workload = options.workload ?? experiment?.workload ?? undefined
  const requests = requestNames(arms[0]!.topology, workload)
  const conducted = await conduct(
    {
      command: 'compare',
      name: experiment?.name ?? arms.map(arm => arm.name).join(' or '),
      question: experiment?.question ?? null,
      arms,
      workload,
      measures: measuresOf(options, experiment?.compare ?? null, requests),
      runs: options.runs === undefined ? (experiment?.runs ?? RUNS) : runsOf(options.runs),
      models: modelsWanted(options),
      accept: options.accept.length > 0 ? acceptOf(options.accept) : (experiment?.accept ?? []),
    },
    options,
  )
  if (!conducted) return
  finish(conducted.result, conducted.folder, options)
  if (conducted.exitCode !== EXIT.done) process.exitCode = conducted.exitCode
}

/** Names of the requests that measures may ask about; `null` where the workload is not known, which is told later. */
function requestNames({ workloads }: Topology, workload: string | undefined): readonly string[] | null {
  const names = Object.keys(workloads)
  const name = workload ?? (names.length === 1 ? names[0]! : undefined)
  const spec = name === undefined ? undefined : workloads[name]
  return spec ? spec.requests.map(request => request.name) : null
}

function acceptOf(checks: readonly string[]): readonly string[] {
  const unknown = checks.find(check => !ACCEPTABLE.some(one => one === check))
  if (unknown === undefined) return checks
  const hint = didYouMean(unknown, ACCEPTABLE, 'the others say that the load was not what it should have been')
  throw new ArchlabError('CLI_USAGE', `--accept ${unknown}: there is no such check to accept`, { hint })
}

function finish(result: CompareResult, opened: ResultFolder | null, { json, output }: CompareOptions): void {
  const folder = opened ?? new ResultFolder(output, 'results', new Date(), 'compare')
  folder.keep('result.json', result)
  folder.keepText('report.html', compareHtml(result))
  if (json) {
    emitJson(result)
    process.stderr.write(`results are in ${folder.path}\n`)
  } else process.stdout.write(`${compareText(result)}\n\nreport: ${folder.file('report.html')}\n`)
  process.exitCode = result.complete ? EXIT.done : EXIT.invalid
}

/** Measures of the command line, else those of the experiment, else the usual ones; a margin of the command line is for all. */
export function measuresOf(
  { measure, margin }: Pick<CompareOptions, 'measure' | 'margin'>,
  declared: readonly ComparedSpec[] | null,
  requests: readonly string[] | null,
): readonly ComparedSpec[] {
  const asked = measure.length > 0 ? measure : declared ? null : COMPARED
  const measures = asked ? asked.map(text => comparedOf(text, requests)) : declared!
  if (margin === undefined) return measures
  const share = marginOf(margin)
  return measures.map(one => ({ ...one, margin: one.unit === 'ratio' ? Math.min(one.margin, share) : share }))
}

function comparedOf(text: string, requests: readonly string[] | null): ComparedSpec {
  try {
    return parseCompared(text, requests)
  } catch (error) {
    if (!(error instanceof ExpectationError)) throw error
    throw new ArchlabError('CLI_USAGE', `--measure '${text}': ${error.message}`, { hint: error.hint })
  }
}

function marginOf(text: string): number {
  try {
    const margin = parseRatio(text)
    if (margin > 0) return margin
  } catch (error) {
    if (!(error instanceof UnitError)) throw error
  }
  throw new ArchlabError('CLI_USAGE', `--margin ${text} is no share above 0`, { hint: 'write --margin 5%' })
}

/** A number of runs, or `auto`. */
export function runsOf(text: string): number | 'auto' {
  if (text === 'auto') return text
  const runs = Number(text)
  if (/^\d+$/.test(text) && runs >= RUNS_MIN && runs <= RUNS_MAX) return runs
  const hint = `write a whole number from ${RUNS_MIN} to ${RUNS_MAX}, or auto; fewer can never tell two variants apart`
  throw new ArchlabError('CLI_USAGE', `--runs ${text} is not possible`, { hint })
}
