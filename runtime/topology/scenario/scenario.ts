import { NAME_FORM } from '../common-settings.ts'
import { didYouMean } from '../did-you-mean.ts'
import { isName } from '../resolve/open-links.ts'
import { isSecret, noteSecret } from '../resolve/secrets.ts'
import type { ExpectationSpec, ScenarioSpec } from '../scenario-spec.ts'
import { describe, type Entry, quoted, type Scalar, type Tree, valueSpan } from '../tree.ts'
import { Block, type WorkloadScope } from '../workload/block.ts'
import type { WorkloadSpec } from '../workload-spec.ts'
import { type Lab, resolveEnvironment } from './environment.ts'
import { EXPECTATION_FORM, parseExpectation } from './expectation.ts'
import type { KnownNames } from './measure.ts'
import { SCENARIO_SETTINGS } from './settings.ts'
import { ExpectationError } from './words.ts'

const EXAMPLE = 'write { stimulus: browse, expect: [p95 < 50ms] }'

/** What scenarios are read with. */
export interface ScenarioScope extends WorkloadScope {
  readonly lab: Lab
  /** Figures of each component; `null` for one that could not be resolved. */
  readonly figures: NonNullable<KnownNames['components']>
  /** Names of all workloads, and those that are sound. */
  readonly workloadNames: readonly string[]
  readonly workloads: Readonly<Record<string, WorkloadSpec>>
}

/** An entry of `scenarios:`; `undefined` after a problem, all of which are told. */
export function resolveScenario(scope: ScenarioScope, name: string, entry: Entry): ScenarioSpec | undefined {
  const path = `scenarios.${name}`
  if (!isName(name)) {
    const message = `"${name.slice(0, 80)}" cannot name a scenario`
    scope.problems.error('TOPOLOGY_BAD_NAME', entry.keySpan, path, message, NAME_FORM)
  }
  const node = entry.value
  if (node.type !== 'mapping') {
    const message = `must be a mapping, not ${describe(node)}`
    scope.problems.error('TOPOLOGY_WRONG_TYPE', valueSpan(entry), path, message, EXAMPLE)
    return undefined
  }
  const block = new Block(scope, { what: 'a scenario', node, table: SCENARIO_SETTINGS, path, owner: entry.keySpan })
  const stimulus = resolveStimulus(block, scope)
  const workload = stimulus === undefined ? undefined : scope.workloads[stimulus]
  const environment = resolveEnvironment(block, scope.lab, workload?.durationMs ?? null)
  const expect = resolveExpectations(block, {
    requests: workload?.requests.map(request => request.name) ?? null,
    components: scope.figures,
    actions: environment?.map(({ operation }) => operation.action) ?? [],
  })
  const repeat = block.value<number>('repeat')
  if (stimulus === undefined || !workload || !environment || !expect || repeat === undefined) return undefined
  const words = {
    source: wordsOf(block, 'source'),
    artifact: wordsOf(block, 'artifact'),
    response: wordsOf(block, 'response'),
  }
  const spec = { name, ...words, stimulus, environment, expect, repeat }
  for (const key of Object.keys(words)) if (isSecret(block.tree(key))) noteSecret(scope.secrets, spec, key)
  return spec
}

const wordsOf = (block: Block, name: string): string | null => block.value<string>(name) ?? null

/** The name of a workload; `undefined` after a problem. One with problems of its own is known all the same. */
function resolveStimulus(block: Block, { workloadNames }: ScenarioScope): string | undefined {
  const tree = block.tree('stimulus')
  if (tree?.type !== 'scalar') return undefined
  const name = String(tree.value)
  if (workloadNames.includes(name)) return name
  const hint = didYouMean(tree.template === undefined ? name : '', workloadNames)
  return block.fail('TOPOLOGY_UNKNOWN_WORKLOAD', 'stimulus', `no workload is called ${quoted(tree)}`, hint)
}

function resolveExpectations(block: Block, known: KnownNames): ExpectationSpec[] | undefined {
  const tree = block.tree('expect')
  if (!tree) return undefined
  if (tree.type !== 'sequence') {
    const message = `must be a list of conditions, not ${describe(tree)}`
    return block.fail('TOPOLOGY_WRONG_TYPE', 'expect', message, 'write expect: [p95 < 50ms]')
  }
  if (tree.items.length === 0)
    return block.fail('TOPOLOGY_MISSING_SETTING', 'expect', 'has no condition', EXPECTATION_FORM)
  const expect = tree.items.map((item, index) =>
    resolveExpectation(block, item, `${block.path}.expect.${index}`, known),
  )
  const sound = expect.filter(one => one !== undefined)
  return sound.length === expect.length ? sound : undefined
}

function resolveExpectation(
  { scope }: Block,
  item: Tree,
  path: string,
  known: KnownNames,
): ExpectationSpec | undefined {
  if (item.type !== 'scalar' || typeof item.value !== 'string') {
    const message = `must be a condition, not ${describe(item)}`
    scope.problems.error('TOPOLOGY_WRONG_TYPE', item.span, path, message, EXPECTATION_FORM)
    return undefined
  }
  try {
    return parseExpectation(item.value, known)
  } catch (error) {
    if (!(error instanceof ExpectationError)) throw error
    const message = item.template === undefined ? error.message : 'cannot be read'
    scope.problems.error('TOPOLOGY_BAD_EXPECTATION', spanOf(item, error), path, message, error.hint)
    return undefined
  }
}

/** The place of a mistake within the text of a scalar; all of it where the text is not written as it is read. */
function spanOf({ span, value, template }: Scalar, { at, width }: ExpectationError): Scalar['span'] {
  const written = span.source.text.slice(span.start, span.end)
  const begin = written.indexOf(String(value))
  if (begin < 0 || template !== undefined) return span
  const start = span.start + begin + at
  return { ...span, start, end: Math.max(start + 1, start + width) }
}
