import type { Distribution } from '../../kit/index.ts'
import type { ImpliedLinks } from '../called-names.ts'
import { didYouMean } from '../did-you-mean.ts'
import type { EnvironmentEvent, Operation } from '../environment-spec.ts'
import { applyPatch, patchOf } from '../patch.ts'
import { noteVariables } from '../resolve/secrets.ts'
import type { ComponentSpec } from '../topology.ts'
import { describe, type Mapping, type Sequence, type Tree, toPlain } from '../tree.ts'
import { Block } from '../workload/block.ts'
import { EVENT_SETTINGS } from './settings.ts'

type Action = Operation['action']

/** What an action's target is, and the settings that go with it. */
const ACTIONS: Readonly<
  Record<Action, { target: 'replica' | 'link' | 'either' | 'patches'; with: readonly string[] }>
> = {
  kill: { target: 'replica', with: [] },
  exit: { target: 'replica', with: [] },
  throw: { target: 'replica', with: [] },
  hang: { target: 'replica', with: ['for'] },
  leak: { target: 'replica', with: ['size', 'every', 'for'] },
  'disk-full': { target: 'replica', with: ['for'] },
  slow: { target: 'replica', with: ['by', 'for'] },
  fault: { target: 'link', with: ['ratio', 'status', 'by', 'for'] },
  drop: { target: 'either', with: ['ratio', 'for'] },
  corrupt: { target: 'link', with: ['ratio', 'for'] },
  partition: { target: 'link', with: ['for'] },
  restart: { target: 'replica', with: [] },
  drain: { target: 'replica', with: [] },
  undrain: { target: 'replica', with: [] },
  edit: { target: 'patches', with: [] },
}
const NAMES = Object.keys(ACTIONS) as Action[]
const OPTIONS = ['for', 'by', 'ratio', 'status', 'size', 'every']
const EXAMPLE = 'write { at: 10s, kill: api/0 }'

/** What events may name. */
export interface Lab {
  readonly root: Mapping
  /** `null` for a component that could not be resolved. */
  readonly components: ReadonlyMap<string, ComponentSpec | null>
  readonly implied: ImpliedLinks
}

/** `environment:` in the order of time; `undefined` after a problem. `durationMs` of the workload, where it has one. */
export function resolveEnvironment(
  scenario: Block,
  lab: Lab,
  durationMs: number | null,
): EnvironmentEvent[] | undefined {
  const tree = scenario.tree('environment')
  if (!tree) return scenario.entry('environment') ? undefined : []
  if (tree.type !== 'sequence') {
    const message = `must be a list of events, not ${describe(tree)}`
    return scenario.fail('TOPOLOGY_WRONG_TYPE', 'environment', message, `${EXAMPLE} in a list`)
  }
  const events = readEvents(scenario, tree, lab, durationMs)
  const sound = events.filter(event => event !== undefined)
  return sound.length === events.length ? sound.toSorted((left, right) => left.atMs - right.atMs) : undefined
}

function readEvents(
  { scope, path }: Block,
  { items }: Sequence,
  lab: Lab,
  durationMs: number | null,
): (EnvironmentEvent | undefined)[] {
  return items.map((node, index) => {
    const place = `${path}.environment.${index}`
    if (node.type === 'mapping') {
      const block = new Block(scope, { what: 'an event', node, table: EVENT_SETTINGS, path: place, owner: node.span })
      return readEvent(block, lab, durationMs)
    }
    const message = `must be an event, not ${describe(node)}`
    scope.problems.error('TOPOLOGY_WRONG_TYPE', node.span, place, message, EXAMPLE)
    return undefined
  })
}

function readEvent(block: Block, lab: Lab, durationMs: number | null): EnvironmentEvent | undefined {
  const given = NAMES.filter(name => block.entry(name))
  const [action, other] = given
  if (!action) {
    // A word that is none has been told already, and may be the one.
    if (Object.keys(toPlain(block.node) as object).some(key => !Object.hasOwn(EVENT_SETTINGS, key))) return undefined
    return block.fail('TOPOLOGY_MISSING_SETTING', '', 'does nothing', `name one of ${NAMES.join(', ')}: ${EXAMPLE}`)
  }
  if (other) {
    const message = `an event does one thing, and this one does "${action}" already`
    return block.failKey('TOPOLOGY_SETTINGS_CONFLICT', other, message, 'write another event')
  }
  const odd = OPTIONS.filter(name => block.entry(name) && !ACTIONS[action].with.includes(name))
  for (const name of odd) {
    const takes = ACTIONS[action].with
    const hint = takes.length === 0 ? 'leave it out' : `it takes ${takes.join(', ')}`
    block.failKey('TOPOLOGY_SETTINGS_CONFLICT', name, `"${action}" has no "${name}"`, hint)
  }
  const atMs = block.value<number>('at')
  if (atMs !== undefined && durationMs !== null && atMs >= durationMs) {
    const message = `the workload is over after ${durationMs / 1000} s`
    return block.fail(
      'TOPOLOGY_OUT_OF_RANGE',
      'at',
      message,
      'name an earlier time, or give the workload a longer duration',
    )
  }
  const operation = operationOf(block, action, lab)
  return operation && atMs !== undefined && odd.length === 0 ? { atMs, operation } : undefined
}

function operationOf(block: Block, action: Action, lab: Lab): Operation | undefined {
  if (action === 'edit') return editOf(block, lab)
  const target = block.value<string>(action)
  if (target === undefined) return undefined
  const isKnown = isLink(action, target)
    ? checkLink(block, action, target, lab)
    : checkReplica(block, action, target, lab)
  const forMs = optional<number>(block, 'for')
  const by = optional<Distribution>(block, 'by')
  if (!isKnown || forMs === undefined || by === undefined) return undefined
  switch (action) {
    case 'hang':
    case 'disk-full':
      return { action, target, forMs }
    case 'partition':
      return { action, target, forMs }
    case 'drop':
    case 'corrupt': {
      const ratio = block.value<number>('ratio')
      return ratio === undefined ? undefined : { action, target, ratio, forMs }
    }
    case 'leak': {
      const sizeBytes = block.value<number>('size')
      const everyMs = block.value<number>('every')
      return sizeBytes === undefined || everyMs === undefined
        ? undefined
        : { action, target, sizeBytes, everyMs, forMs }
    }
    case 'slow':
      if (by) return { action, target, by, forMs }
      return block.fail('TOPOLOGY_MISSING_SETTING', 'by', 'needs "by": how much longer', 'write by: 200ms')
    case 'fault': {
      const ratio = block.value<number>('ratio')
      const status = optional<number>(block, 'status')
      return ratio === undefined || status === undefined ? undefined : { action, target, ratio, status, by, forMs }
    }
    default:
      return { action, target }
  }
}

/** Whether a target means links. Where both can be meant, only a replica's name has a slash. */
const isLink = (action: Action, target: string): boolean =>
  ACTIONS[action].target === 'link' || (ACTIONS[action].target === 'either' && !target.includes('/'))

/** `null` when it is not there, `undefined` when it is wrong. */
const optional = <Value>(block: Block, name: string): Value | null | undefined =>
  block.entry(name) ? block.value<Value>(name) : null

function checkReplica(block: Block, action: Action, target: string, { components }: Lab): boolean {
  const [, name, index] = /^([^/]*)(?:\/(.*))?$/s.exec(target)!
  const component = components.get(name!)
  if (component === undefined) return unknownComponent(block, action, name!, components)
  // What is wrong with the component itself is told there.
  if (component === null || index === undefined) return true
  const replicas = Array.from({ length: component.replicas }, (_, at) => String(at))
  if (replicas.includes(index)) return true
  const hint = didYouMean(
    '',
    replicas.map(one => `${name}/${one}`),
  )
  block.fail('TOPOLOGY_UNKNOWN_TARGET', action, `there is no replica "${target}"`, hint)
  return false
}

function checkLink(block: Block, action: Action, target: string, { components }: Lab): boolean {
  const [first = '', second = ''] = target.split('.')
  const name = first === 'components' ? second : target
  const component = components.get(name)
  if (component === undefined) return unknownComponent(block, action, name, components)
  if (component === null) return true
  const links = linksOf(component)
  if (name === target && links.length > 0) return true
  if (links.includes(target)) return true
  const replica = ACTIONS[action].target === 'either' ? `; ${name}/0 means the requests to a replica` : ''
  const nobody = `${name} calls nobody${replica}`
  const message = name === target ? `${name} has no link` : `there is no link "${target}"`
  block.fail('TOPOLOGY_UNKNOWN_TARGET', action, message, didYouMean(target, links, nobody))
  return false
}

/** Addresses of a component's links, those of its tactics included. */
function linksOf({ links, tactics }: ComponentSpec): string[] {
  const inner = [...tactics, ...links.flatMap(link => link.tactics)].flatMap(tactic => tactic.links)
  return [...links, ...inner].map(({ address }) => address)
}

function unknownComponent(block: Block, action: Action, name: string, components: Lab['components']): false {
  const hint = didYouMean(name, [...components.keys()])
  block.fail('TOPOLOGY_UNKNOWN_COMPONENT', action, `no component is called "${name.slice(0, 80)}"`, hint)
  return false
}

function editOf(block: Block, { root, implied }: Lab): Operation | undefined {
  const { value } = block.entry('edit')!
  if (value.type !== 'mapping' || value.entries.size === 0) {
    const message = `must be a mapping of patches, not ${value.type === 'mapping' ? 'an empty one' : describe(value)}`
    return block.fail('TOPOLOGY_WRONG_TYPE', 'edit', message, 'write edit: { components.cache.ttl: 5s }')
  }
  const own = block.scope.problems
  let tree: Tree = root
  const before = own.count
  for (const [path, patch] of value.entries) tree = applyPatch(tree, patchOf(path, patch), own, implied)
  if (own.count > before) return undefined
  return { action: 'edit', patches: noteVariables(block.scope.secrets, value) as Record<string, unknown> }
}
