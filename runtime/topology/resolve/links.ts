import { POLICIES } from '../../balancing/catalog.ts'
import type { PolicyDefinition } from '../../balancing/policy.ts'
import { decodeValue, type Setting, type Settings } from '../../kit/index.ts'
import { LINK_SETTINGS, WEIGHT_MAX } from '../common-settings.ts'
import { didYouMean } from '../did-you-mean.ts'
import type { Span } from '../source.ts'
import type { HealthCheckSpec, LinkSpec, OutlierSpec, PolicySpec, TacticSpec, Transport } from '../topology.ts'
import { describe, type Mapping, quoted, type Scalar, type Tree, toPlain } from '../tree.ts'
import type { Resolution } from './scope.ts'
import { checkSettings } from './settings.ts'

/** A dependency on another component, and where it is written. */
export interface Edge {
  readonly from: string
  readonly to: string
  readonly span: Span
  readonly path: string
}

/** What the parts of a component have in common while they are resolved. */
export interface Owner {
  readonly component: string
  readonly edges: Edge[]
}

const DEFAULT_POLICY: PolicySpec = { name: 'round-robin', settings: {}, weights: {} }

const defaultOf = <Value>(name: string, given?: object): Value =>
  decodeValue(LINK_SETTINGS[name] as Setting, given) as Value

const DEFAULT_OUTLIERS = defaultOf<OutlierSpec>('outliers', {})

/** A link of which only the target is said. */
const DEFAULTS = {
  policy: DEFAULT_POLICY,
  slowStartMs: defaultOf<number>('slow-start'),
  timeoutMs: defaultOf<number>('timeout'),
  outliers: DEFAULT_OUTLIERS,
  healthCheck: null,
  panicRatio: defaultOf<number>('panic'),
  path: null,
  tactics: [],
}

/** What a link consists of besides its checked fields. */
export interface LinkRequest {
  name: string
  address: string
  /** Path of the mapping that holds the fields. */
  path: string
  node: Mapping
  table: Settings
  bad: ReadonlySet<string>
  tactics: readonly TacticSpec[]
}

/** A link from checked fields (`to`, `policy`, `transport`, `timeout`, `path`). */
export function resolveLink(scope: Resolution, owner: Owner, request: LinkRequest): LinkSpec {
  const { node, table, bad } = request
  const value = (name: string): Tree | undefined => (bad.has(name) ? undefined : node.entries.get(name)?.value)
  const to = resolveTargets(scope, owner, value('to'), `${request.path}.to`, node.entries.get('to')?.keySpan)
  const policy = resolvePolicy(scope, value('policy'), namesIn(value('to')), `${request.path}.policy`)
  const read = (name: string): unknown => {
    const tree = value(name)
    return decodeValue(table[name] as Setting, tree && toPlain(tree))
  }
  const path = value('path')
  const link: LinkSpec = {
    name: request.name,
    address: request.address,
    to,
    policy,
    transport: (read('transport') as Transport | undefined) ?? scope.transport,
    slowStartMs: slowStart(scope, policy, value('slow-start'), read('slow-start') as number, request.path),
    timeoutMs: read('timeout') as number,
    outliers: (read('outliers') as OutlierSpec | undefined) ?? DEFAULT_OUTLIERS,
    healthCheck: (read('health-check') as HealthCheckSpec | undefined) ?? null,
    panicRatio: read('panic') as number,
    path: path === undefined ? null : String(toPlain(path)),
    tactics: request.tactics,
  }
  if (path?.type === 'scalar' && path.template !== undefined) scope.secrets.set(link, new Set(['path']))
  return link
}

/** The time of a slow start; a problem where the policy leaves no choice of how much a target gets. */
function slowStart(
  scope: Resolution,
  { name }: PolicySpec,
  node: Tree | undefined,
  windowMs: number,
  path: string,
): number {
  if (!node || windowMs === 0 || !POLICIES[name]!.keyed) return windowMs
  const message = `"${name}" sends each key where it belongs, and nobody a part of it`
  scope.problems.error('TOPOLOGY_SETTINGS_CONFLICT', node.span, `${path}.slow-start`, message, 'leave slow-start out')
  return 0
}

/** The link of a setting that names a component, or several. */
export function settingLink(scope: Resolution, name: string, address: string, to: readonly string[]): LinkSpec {
  const { transport } = scope
  return { ...DEFAULTS, name, address, to, transport }
}

/** The names of components in `to` or in a setting; problems for those that do not exist. */
export function resolveTargets(
  scope: Resolution,
  owner: Owner,
  node: Tree | undefined,
  path: string,
  keySpan: Span | undefined,
): string[] {
  if (node === undefined) return []
  const items = node.type === 'sequence' ? node.items : [node]
  if (items.length === 0) {
    scope.problems.error('TOPOLOGY_MISSING_LINK', node.span, path, 'names no component', existing(scope))
  }
  const targets: string[] = []
  for (const item of items) {
    const span = item.span.end > item.span.start ? item.span : (keySpan ?? item.span)
    if (item.type !== 'scalar' || typeof item.value !== 'string') {
      const message = `must be the name of a component, not ${describe(item)}`
      scope.problems.error('TOPOLOGY_WRONG_TYPE', span, path, message, existing(scope))
    } else if (!scope.componentNames.includes(item.value)) {
      const hint = item.template === undefined ? didYouMean(item.value, scope.componentNames) : existing(scope)
      scope.problems.error('TOPOLOGY_UNKNOWN_COMPONENT', span, path, `no component is called ${quoted(item)}`, hint)
    } else if (targets.includes(item.value)) {
      const hint = 'to send it more, use policy: { weighted-round-robin: { name: weight } }'
      scope.problems.error('TOPOLOGY_TARGET_TWICE', span, path, `${quoted(item)} is listed twice`, hint)
    } else {
      targets.push(item.value)
      owner.edges.push({ from: owner.component, to: item.value, span, path })
    }
  }
  return targets
}

/** The targets as written, also the ones that do not exist: those have their own problem. */
function namesIn(node: Tree | undefined): string[] {
  const items = node?.type === 'sequence' ? node.items : node ? [node] : []
  return items.flatMap(item => (item.type === 'scalar' && typeof item.value === 'string' ? [item.value] : []))
}

function existing(scope: Resolution): string {
  return didYouMean('', scope.componentNames)
}

const POLICY_NAMES = Object.keys(POLICIES)
const POLICY_HINT = 'write policy: { weighted-round-robin: { a: 5, b: 1 } }, or see archlab explain policy'

function resolvePolicy(scope: Resolution, node: Tree | undefined, to: readonly string[], path: string): PolicySpec {
  if (node === undefined) return DEFAULT_POLICY
  if (node.type === 'scalar' && typeof node.value === 'string') {
    const policy = POLICIES[node.value]
    return policy ? policyOf(scope, policy, undefined, path) : unknownPolicy(scope, node, path)
  }
  const [only, ...more] = node.type === 'mapping' ? node.entries : []
  if (!only || more.length > 0) {
    const message = `must be the name of a policy, or one policy with its settings, not ${describe(node)}`
    scope.problems.error('TOPOLOGY_WRONG_TYPE', node.span, path, message, POLICY_HINT)
    return DEFAULT_POLICY
  }
  const [name, { keySpan, value }] = only
  const asScalar: Scalar = { type: 'scalar', value: name, plain: true, span: keySpan }
  const policy = Object.hasOwn(POLICIES, name) ? POLICIES[name] : undefined
  if (!policy) return unknownPolicy(scope, asScalar, path)
  if (policy.weighted) {
    return { name, settings: {}, weights: resolveWeights(scope, value, to, `${path}.${name}`, keySpan) }
  }
  if (Object.keys(policy.settings).length === 0) {
    const message = `the policy "${name}" takes neither weights nor settings`
    scope.problems.error('TOPOLOGY_BAD_WEIGHTS', keySpan, path, message, `write policy: ${name}`)
    return DEFAULT_POLICY
  }
  if (value.type !== 'mapping') {
    const message = `the settings of "${name}" must be a mapping, not ${describe(value)}`
    scope.problems.error('TOPOLOGY_WRONG_TYPE', keySpan, `${path}.${name}`, message, policy.example)
    return DEFAULT_POLICY
  }
  return policyOf(scope, policy, { node: value, owner: keySpan }, `${path}.${name}`)
}

function policyOf(
  scope: Resolution,
  policy: PolicyDefinition,
  given: { node: Mapping; owner: Span } | undefined,
  path: string,
): PolicySpec {
  const table = policy.settings as Settings
  const filled = Object.entries(table).flatMap(([name, one]) =>
    one.default === undefined ? [] : [[name, one.default]],
  )
  if (!given) return { name: policy.name, settings: Object.fromEntries(filled), weights: {} }
  const { node, bad } = checkSettings(scope, {
    what: `policy "${policy.name}"`,
    node: given.node,
    table,
    path,
    owner: given.owner,
    unknown: 'TOPOLOGY_UNKNOWN_SETTING',
  })
  if (bad.size > 0) return DEFAULT_POLICY
  const settings = { ...Object.fromEntries(filled), ...(toPlain(node) as Record<string, unknown>) }
  return { name: policy.name, settings, weights: {} }
}

function unknownPolicy(scope: Resolution, node: Scalar, path: string): PolicySpec {
  const hint = didYouMean(node.template === undefined ? String(node.value) : '', POLICY_NAMES)
  scope.problems.error('TOPOLOGY_UNKNOWN_POLICY', node.span, path, `no policy is called ${quoted(node)}`, hint)
  return DEFAULT_POLICY
}

function resolveWeights(
  scope: Resolution,
  node: Tree,
  to: readonly string[],
  path: string,
  keySpan: Span,
): Record<string, number> {
  const weights: Record<string, number> = {}
  if (node.type !== 'mapping') {
    const message = `needs a weight for each target, not ${describe(node)}`
    scope.problems.error('TOPOLOGY_BAD_WEIGHTS', keySpan, path, message, POLICY_HINT)
    return weights
  }
  for (const [name, { keySpan: nameSpan, value }] of node.entries) {
    const weight = weightOf(value)
    if (!to.includes(name)) {
      const hint = didYouMean(name, to, 'the link has no target')
      scope.problems.error(
        'TOPOLOGY_BAD_WEIGHTS',
        nameSpan,
        `${path}.${name}`,
        `"${name}" is no target of this link`,
        hint,
      )
    } else if (weight === undefined) {
      const span = value.span.end > value.span.start ? value.span : nameSpan
      const message = `a weight is a whole number from 1 to ${WEIGHT_MAX}, not ${describe(value)}`
      scope.problems.error('TOPOLOGY_BAD_WEIGHTS', span, `${path}.${name}`, message)
    } else weights[name] = weight
  }
  return weights
}

function weightOf(node: Tree): number | undefined {
  if (node.type !== 'scalar') return undefined
  const text = typeof node.value === 'number' || node.template !== undefined ? String(node.value) : ''
  if (!/^[0-9]{1,4}$/.test(text)) return undefined
  const weight = Number(text)
  return weight >= 1 && weight <= WEIGHT_MAX ? weight : undefined
}
