import { NAME_FORM } from '../common-settings.ts'
import { didYouMean } from '../did-you-mean.ts'
import type { ComparedSpec, ExperimentSpec } from '../experiment-spec.ts'
import { isName } from '../resolve/open-links.ts'
import { isSecret, noteSecret, noteVariables } from '../resolve/secrets.ts'
import { ExpectationError } from '../scenario/words.ts'
import { describe, type Entry, type Mapping, type Scalar, type Tree, valueSpan } from '../tree.ts'
import { Block, type WorkloadScope } from '../workload/block.ts'
import type { WorkloadSpec } from '../workload-spec.ts'
import { type ComparedOptions, parseCompared } from './compared.ts'
import { COMPARED, COMPARED_SETTINGS, EXPERIMENT_SETTINGS, RUNS_MAX, RUNS_MIN } from './settings.ts'

const EXAMPLE = 'write { workload: browse, variants: { without: { tactics.retry: off }, with: {} }, compare: [p95] }'

/** What the names in an experiment may stand for. */
export interface ExperimentNames {
  /** Every workload of the file, sound or not. */
  readonly workloads: readonly string[]
  /** Those that are sound. */
  readonly specs: Readonly<Record<string, WorkloadSpec>>
}

/**
 * An entry of `experiments:`; `undefined` after a problem, all of which are told. The patches of its variants are checked
 * elsewhere, against the topology.
 */
export function resolveExperiment(
  scope: WorkloadScope,
  name: string,
  entry: Entry,
  names: ExperimentNames,
): ExperimentSpec | undefined {
  const path = `experiments.${name}`
  const { problems } = scope
  const node = entry.value
  if (!isName(name)) problems.error('TOPOLOGY_BAD_NAME', entry.keySpan, path, 'cannot name an experiment', NAME_FORM)
  if (node.type !== 'mapping') {
    problems.error('TOPOLOGY_WRONG_TYPE', valueSpan(entry), path, `must be a mapping, not ${describe(node)}`, EXAMPLE)
    return undefined
  }
  const request = { what: 'an experiment', node, table: EXPERIMENT_SETTINGS, path, owner: entry.keySpan }
  const block = new Block(scope, request)
  const workload = workloadOf(block, names)
  const variants = variantsOf(block)
  const compare = workload === undefined ? undefined : comparedOf(block, requestsOf(workload, names))
  const runs = runsOf(block)
  const accept = block.value<readonly string[]>('accept')
  const question = block.value<string>('question') ?? null
  if (workload === undefined || !variants || !compare || runs === undefined || !accept) return undefined
  const spec = { name, question, workload, variants, compare, runs, accept }
  if (isSecret(block.tree('question'))) noteSecret(scope.secrets, spec, 'question')
  return spec
}

/** `undefined` after a problem. */
function workloadOf(block: Block, { workloads }: ExperimentNames): string | null | undefined {
  const tree = block.tree('workload')
  if (!tree) return block.entry('workload') ? undefined : null
  const name = block.value<string>('workload')!
  if (workloads.includes(name)) return name
  const { template } = tree as Scalar
  const hint = didYouMean(template === undefined ? name : '', workloads)
  return block.fail('TOPOLOGY_UNKNOWN_WORKLOAD', 'workload', `no workload is called "${template ?? name}"`, hint)
}

/** Names of the requests that measures may ask about; `null` where the workload is not known. */
function requestsOf(workload: string | null, { workloads, specs }: ExperimentNames): readonly string[] | null {
  const name = workload ?? (workloads.length === 1 ? workloads[0]! : undefined)
  const spec = name === undefined ? undefined : specs[name]
  return spec ? spec.requests.map(request => request.name) : null
}

function variantsOf(block: Block): ExperimentSpec['variants'] | undefined {
  const tree = block.tree('variants')
  if (!tree) return undefined
  if (tree.type !== 'mapping') {
    const message = `must be a mapping of variants, not ${describe(tree)}`
    return block.fail('TOPOLOGY_WRONG_TYPE', 'variants', message, EXAMPLE)
  }
  if (tree.entries.size === 0) return block.fail('TOPOLOGY_MISSING_SETTING', 'variants', 'has no variant', EXAMPLE)
  return Object.fromEntries(
    [...tree.entries].map(([variant, { value }]) => [
      variant,
      value.type === 'mapping' ? (noteVariables(block.scope.secrets, value) as Record<string, unknown>) : {},
    ]),
  )
}

function comparedOf(block: Block, requests: readonly string[] | null): readonly ComparedSpec[] | undefined {
  if (!block.entry('compare')) return COMPARED.map(expression => parseCompared(expression, null))
  const tree = block.tree('compare')
  const hint = 'write compare: [p95, errors]'
  if (tree?.type !== 'sequence') {
    return block.fail('TOPOLOGY_WRONG_TYPE', 'compare', `must be a list of measures, not ${describe(tree)}`, hint)
  }
  if (tree.items.length === 0) return block.fail('TOPOLOGY_MISSING_SETTING', 'compare', 'names no measure', hint)
  const measures = tree.items.map((item, at) => comparedFrom(block, item, `${block.path}.compare.${at}`, requests))
  const sound = measures.filter(one => one !== undefined)
  return sound.length === measures.length ? sound : undefined
}

/** `p95`, or `p95: { margin: 2% }`. */
function comparedFrom(
  block: Block,
  item: Tree,
  path: string,
  requests: readonly string[] | null,
): ComparedSpec | undefined {
  if (item.type === 'scalar' && typeof item.value === 'string') {
    return compared(block, { text: item.value, span: item.span, path }, requests, {})
  }
  const [only, second] = item.type === 'mapping' ? [...item.entries] : []
  if (!only || second || only[1].value.type !== 'mapping') {
    const message = `must be a measure, not ${describe(item)}`
    block.scope.problems.error('TOPOLOGY_WRONG_TYPE', item.span, path, message, 'write - p95: { margin: 2% }')
    return undefined
  }
  const [text, { keySpan, value }] = only
  const below = { what: 'a measure', node: value as Mapping, table: COMPARED_SETTINGS, path, owner: keySpan }
  const options = new Block(block.scope, below)
  const margin = options.value<number>('margin')
  const better = options.value<ComparedSpec['better']>('better')
  if (margin === 0) return options.fail('TOPOLOGY_OUT_OF_RANGE', 'margin', 'nothing is ever exactly the same')
  return compared(block, { text, span: keySpan, path }, requests, { margin, better })
}

interface Written {
  readonly text: string
  readonly span: Tree['span']
  readonly path: string
}

function compared(
  { scope }: Block,
  { text, span, path }: Written,
  requests: readonly string[] | null,
  options: ComparedOptions,
): ComparedSpec | undefined {
  try {
    return parseCompared(text, requests, options)
  } catch (error) {
    if (!(error instanceof ExpectationError)) throw error
    // The place within the text is that within the file where it is written as it is, with or without quotes.
    const quotes = span.end - span.start - text.length
    const start = quotes === 0 || quotes === 2 ? span.start + quotes / 2 + error.at : span.start
    const place = { ...span, start, end: quotes === 0 || quotes === 2 ? start + error.width : span.end }
    scope.problems.error('TOPOLOGY_BAD_FORMAT', place, path, error.message, error.hint)
    return undefined
  }
}

/** `undefined` after a problem. */
function runsOf(block: Block): ExperimentSpec['runs'] | undefined {
  const runs = block.value<unknown>('runs')
  if (runs === 'auto') return runs
  const range = `write a whole number from ${RUNS_MIN} to ${RUNS_MAX}, or auto`
  if (typeof runs !== 'number' || !Number.isInteger(runs)) {
    const message = `must be a number of runs or auto, not ${describe(block.tree('runs'))}`
    return block.fail('TOPOLOGY_WRONG_TYPE', 'runs', message, range)
  }
  if (runs >= RUNS_MIN && runs <= RUNS_MAX) return runs
  const why = runs < RUNS_MIN ? 'so few runs can never tell two variants apart' : 'is too many'
  return block.fail('TOPOLOGY_OUT_OF_RANGE', 'runs', `${runs}: ${why}`, range)
}
