import { describe, type Sequence } from '../tree.ts'
import type { ArrivalProcess, ArrivalSpec, StageSpec } from '../workload-spec.ts'
import { Block } from './block.ts'
import { STAGE_SETTINGS, STAGES_SETTINGS } from './settings.ts'

const HINT = 'write stages: [{ rate: 10/s, for: 10s }, { to: 100/s, for: 20s }]'

/** `stages:`, a list of them or `{ steps, process }`; `undefined` after a problem. */
export function resolveStages(arrivals: Block): ArrivalSpec | undefined {
  const short = arrivals.tree('stages')?.type === 'sequence'
  const block = short ? arrivals : arrivals.below('stages', { what: 'stages', table: STAGES_SETTINGS, hint: HINT })
  const name = short ? 'stages' : 'steps'
  const process = short ? 'poisson' : block?.value<ArrivalProcess>('process')
  const list = block?.tree(name)
  if (!block || !list) return undefined
  if (list.type !== 'sequence') {
    return block.fail('TOPOLOGY_WRONG_TYPE', name, `must be a list of stages, not ${describe(list)}`, HINT)
  }
  if (list.items.length === 0) return block.fail('TOPOLOGY_MISSING_SETTING', name, 'has no stage', HINT)
  const stages = readStages(block, name, list)
  if (!stages || process === undefined) return undefined
  if (stages.every(({ from, to }) => from === 0 && to === 0)) {
    return block.fail('TOPOLOGY_OUT_OF_RANGE', name, 'nothing ever arrives: all rates are 0')
  }
  return { type: 'stages', process, stages }
}

function readStages(owner: Block, name: string, { items }: Sequence): StageSpec[] | undefined {
  const stages: StageSpec[] = []
  let sound = true
  /** Rate at the end of the stage before; `null` at the beginning, `undefined` after a stage that is wrong. */
  let before: number | null | undefined = null
  for (const [index, item] of items.entries()) {
    const path = `${owner.path}.${name}.${index}`
    let stage: StageSpec | undefined
    if (item.type === 'mapping') {
      const request = { what: 'a stage', node: item, table: STAGE_SETTINGS, path, owner: item.span }
      stage = readStage(new Block(owner.scope, request), before)
    } else {
      const message = `must be a stage, not ${describe(item)}`
      owner.scope.problems.error('TOPOLOGY_WRONG_TYPE', item.span, path, message, 'write - { rate: 10/s, for: 10s }')
    }
    if (stage) stages.push(stage)
    else sound = false
    before = stage?.to
  }
  return sound ? stages : undefined
}

function readStage(block: Block, before: number | null | undefined): StageSpec | undefined {
  const durationMs = block.value<number>('for')
  const changing = (['to', 'from'] as const).find(name => block.entry(name))
  if (block.entry('rate')) {
    if (changing !== undefined) {
      const message = `a stage of one rate has no "${changing}"`
      return block.failKey('TOPOLOGY_SETTINGS_CONFLICT', changing, message, 'leave "rate" out for one that changes')
    }
    const rate = block.value<number>('rate')
    return rate === undefined || durationMs === undefined ? undefined : { from: rate, to: rate, durationMs }
  }
  if (!block.entry('to')) {
    const message = changing === undefined ? 'a stage needs "rate", or "to"' : 'a stage with "from" needs "to"'
    return block.fail(
      'TOPOLOGY_MISSING_SETTING',
      'to',
      message,
      'write { rate: 10/s, for: 10s } or { to: 100/s, for: 20s }',
    )
  }
  if (!block.entry('from') && before === null) {
    const message = 'the first stage needs "from": there is no rate before it'
    return block.fail('TOPOLOGY_MISSING_SETTING', 'from', message, 'write { from: 0/s, to: 100/s, for: 20s }')
  }
  const from = block.entry('from') ? block.value<number>('from') : (before ?? undefined)
  const to = block.value<number>('to')
  return from === undefined || to === undefined || durationMs === undefined ? undefined : { from, to, durationMs }
}
