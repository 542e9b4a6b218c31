import { decodeSettings, type Match, parseMatch, type Settings } from '../../kit/index.ts'

import type { LoadedTactic } from '../definitions.ts'
import type { Span } from '../source.ts'
import type { TacticSpec } from '../topology.ts'
import { child, describe, emptyMapping, type Mapping, type Tree, toPlain } from '../tree.ts'
import type { Owner } from './links.ts'
import { runCheck, settingLinks, usable } from './module-checks.ts'
import type { Resolution } from './scope.ts'
import { settingsValue } from './secrets.ts'
import { type CheckedSettings, checkSettings } from './settings.ts'

/** One entry of a `tactics:` list, taken apart. */
export interface TacticEntry {
  readonly name: string
  readonly nameSpan: Span
  readonly settings: Mapping
}

const ENTRY_HINT = 'write - rate-limit: { max: 100 }'

/** The tactics of a place (a component or a link) whose address is `base`. */
export async function resolveTactics(
  scope: Resolution,
  owner: Owner,
  node: Tree | undefined,
  base: string,
  keySpan: Span | undefined,
): Promise<TacticSpec[]> {
  if (node === undefined) return []
  const path = `${base}.tactics`
  if (node.type !== 'sequence') {
    const span = node.span.end > node.span.start ? node.span : (keySpan ?? node.span)
    const message = `must be a list of tactics, not ${describe(node)}`
    scope.problems.error(
      'TOPOLOGY_WRONG_TYPE',
      span,
      path,
      message,
      `begin each tactic with a hyphen: ${ENTRY_HINT.slice(6)}`,
    )
    return []
  }
  const specs: TacticSpec[] = []
  const taken = new Map<string, number>()
  for (const [index, item] of node.items.entries()) {
    const entry = readEntry(scope, item, `${path}.${index}`)
    const spec = entry && (await resolveTactic(scope, owner, entry, path, taken))
    if (spec) specs.push(spec)
  }
  return specs
}

/** Takes an entry apart; a problem when it is not `- name`, or `- name: { settings }`. */
function readEntry(scope: Resolution, item: Tree, path: string): TacticEntry | undefined {
  const fail = (span: Span, message: string, hint = ENTRY_HINT): undefined => {
    scope.problems.error('TOPOLOGY_BAD_TACTIC_ENTRY', span, path, message, hint)
  }
  if (item.type === 'scalar' && typeof item.value === 'string') {
    return { name: item.value, nameSpan: item.span, settings: emptyMapping(item.span) }
  }
  if (item.type !== 'mapping') return fail(item.span, `must be a tactic, not ${describe(item)}`)
  const [first, second] = item.entries
  if (!first) return fail(item.span, 'names no tactic')
  const [name, { keySpan, value }] = first
  if (second) {
    const hint = `indent the settings of "${name}" below its name, or write - ${name}: { ${second[0]}: ... }`
    return fail(second[1].keySpan, `an entry holds one tactic, and "${name}" is already there`, hint)
  }
  if (value.type === 'scalar' && value.value === null)
    return { name, nameSpan: keySpan, settings: emptyMapping(keySpan) }
  if (value.type === 'mapping') return { name, nameSpan: keySpan, settings: value }
  return fail(
    value.span,
    `the settings of "${name}" must be a mapping, not ${describe(value)}`,
    `write - ${name}: { setting: value }`,
  )
}

async function resolveTactic(
  scope: Resolution,
  owner: Owner,
  entry: TacticEntry,
  path: string,
  taken: Map<string, number>,
): Promise<TacticSpec | undefined> {
  const { catalogs } = scope.definitions
  const asked = {
    what: 'tactic' as const,
    name: entry.name,
    span: entry.nameSpan,
    path: `${path}.${entry.name}`,
    known: Object.keys(catalogs.tactics),
  }
  const loaded = usable(scope, await scope.definitions.tactic(entry.name), asked)
  if (!loaded) return undefined
  const nth = (taken.get(loaded.name) ?? 0) + 1
  taken.set(loaded.name, nth)
  const address = `${path}.${loaded.name}${nth === 1 ? '' : `#${nth}`}`
  const checked = checkSettings(scope, {
    what: `tactic "${loaded.name}"`,
    node: entry.settings,
    table: loaded.table,
    path: address,
    owner: entry.nameSpan,
    unknown: 'TOPOLOGY_UNKNOWN_SETTING',
  })
  return assemble(scope, owner, { entry, loaded, address, checked })
}

function assemble(
  scope: Resolution,
  owner: Owner,
  tactic: { entry: TacticEntry; loaded: LoadedTactic; address: string; checked: CheckedSettings },
): TacticSpec {
  const { entry, loaded, address, checked } = tactic
  const { node, bad } = checked
  const settings = loaded.definition.settings as Settings
  const good = (name: string): Tree | undefined => (bad.has(name) ? undefined : child(node, name))
  const ready = Object.keys(settings).every(name => !bad.has(name))
  const wanted = good('scope')
  const shared = wanted !== undefined && toPlain(wanted) === 'component'
  if (ready) {
    runCheck(scope, loaded, node, address, entry.nameSpan)
    if (shared) checkShared(scope, loaded, node, wanted.span, address)
  }
  const links = settingLinks(scope, owner, settings, node, { address, path: address, bad })
  const reportOnly = good('report-only')
  return {
    name: loaded.name,
    address,
    module: loaded.module,
    settings: settingsValue(scope.secrets, settings, node),
    match: resolveMatch(scope, good('match'), `${address}.match`),
    scope: shared ? 'component' : 'replica',
    reportOnly: reportOnly !== undefined && toPlain(reportOnly) === true,
    links,
  }
}

/** Reads a match; `null` when there is none or it is malformed. */
export function resolveMatch(scope: Resolution, node: Tree | undefined, path: string): Match | null {
  if (node?.type !== 'scalar' || typeof node.value !== 'string') return null
  const match = parseMatch(node.value)
  if (typeof match !== 'string') return match
  const message = node.template === undefined ? match : `what "${node.template}" holds is no match`
  scope.problems.error(
    'TOPOLOGY_BAD_MATCH',
    node.span,
    path,
    message,
    'write METHOD /path, e.g. GET /data, /data or GET /data/*',
  )
  return null
}

function checkShared(scope: Resolution, loaded: LoadedTactic, node: Mapping, span: Span, address: string): void {
  const { definition } = loaded
  const refuse = (message: string, hint?: string): void =>
    scope.problems.error('TOPOLOGY_SCOPE_UNSUPPORTED', span, `${address}.scope`, message, hint)
  if (!definition.sharedBytes) {
    refuse(`"${loaded.name}" cannot be shared by the replicas of a component`, 'write scope: replica, or leave it out')
    return
  }
  try {
    const settings = decodeSettings(definition.settings as Settings, toPlain(node) as Record<string, unknown>)
    if (definition.sharedBytes(settings) > 0) return
    refuse(`"${loaded.name}" cannot be shared by the replicas of a component with these settings`)
  } catch (error) {
    const hint = (error as { hint?: unknown }).hint
    refuse(error instanceof Error ? error.message : String(error), typeof hint === 'string' ? hint : undefined)
  }
}
