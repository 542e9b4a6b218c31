import type { Setting, Settings } from '../../kit/index.ts'
import type { AnySetting } from '../common-settings.ts'
import { nearest } from '../did-you-mean.ts'
import { holdsPassword } from '../passwords.ts'
import { soundsSecret } from '../secret-names.ts'
import type { Mapping, Tree } from '../tree.ts'
import type { SecretSlots } from './scope.ts'

/** The block's value for a Topology: as written, defaults filled in, only the names of `table`; secrets are noted. */
export function settingsValue(secrets: SecretSlots, table: Settings, node: Mapping): Record<string, unknown> {
  const value: Record<string, unknown> = {}
  for (const [name, one] of Object.entries(table)) {
    const entry = node.entries.get(name)
    const given = entry ? noteVariables(secrets, entry.value) : structuredClone(one.default)
    if (given === undefined) continue
    value[name] = filled(one, given)
    if (isSecret(entry?.value)) noteSecret(secrets, value, name)
  }
  noteSecretSettings(secrets, table, value)
  return value
}

/** Any part of the file as it is written, with the strings that took a variable or hold a password noted as secrets. */
export function noteVariables(secrets: SecretSlots, node: Tree): unknown {
  if (node.type === 'scalar') return node.value
  const value: Record<string, unknown> | unknown[] = node.type === 'sequence' ? [] : {}
  const entries: [string, Tree][] =
    node.type === 'sequence'
      ? node.items.map((item, index) => [String(index), item])
      : [...node.entries].map(([key, entry]) => [key, entry.value])
  for (const [key, item] of entries) {
    ;(value as Record<string, unknown>)[key] = noteVariables(secrets, item)
    if (isSecret(item) || (item.type === 'scalar' && item.value !== null && soundsSecret(key)))
      noteSecret(secrets, value, key)
  }
  return value
}

/** True of text that took a variable, or that is an address with a password in it. */
export function isSecret(node: Tree | undefined): boolean {
  if (node?.type !== 'scalar' || typeof node.value !== 'string') return false
  return node.template !== undefined || holdsPassword(node.value)
}

/** Notes that the value under a key of the result is a secret. */
export function noteSecret(secrets: SecretSlots, container: object, key: string): void {
  const keys = secrets.get(container) ?? new Set()
  keys.add(key)
  secrets.set(container, keys)
}

function noteSecretSettings(secrets: SecretSlots, table: Settings, value: Record<string, unknown>): void {
  for (const [name, one] of Object.entries(table)) {
    if (Object.hasOwn(value, name)) noteSecretIn(secrets, one, value, name)
  }
}

function noteSecretIn(secrets: SecretSlots, one: AnySetting, container: object, key: string): void {
  const value = (container as Record<string, unknown>)[key]
  const type = one['x-archlab']
  if (type === 'secret') noteSecret(secrets, container, key)
  else if (type === 'list' && Array.isArray(value)) {
    for (const index of value.keys()) noteSecretIn(secrets, one.items as Setting, value, String(index))
  } else if (type === 'group' && isRecord(value)) noteSecretSettings(secrets, one.properties as Settings, value)
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Fills the defaults inside of groups. */
function filled(one: AnySetting, value: unknown): unknown {
  if (one['x-archlab'] === 'list' && Array.isArray(value)) {
    for (const [index, item] of value.entries()) value[index] = filled(one.items as Setting, item)
  }
  if (one['x-archlab'] === 'group' && isRecord(value)) {
    for (const [name, inner] of Object.entries(one.properties as Settings)) {
      const given = Object.hasOwn(value, name) ? value[name] : structuredClone(inner.default)
      if (given !== undefined) value[name] = filled(inner, given)
    }
  }
  return value
}

/** Hides the secrets of a block in the source's text, so that no code frame shows them. */
export function maskSecrets(table: Settings, node: Mapping): void {
  const names = Object.keys(table)
  for (const [name, entry] of node.entries) {
    // A name with a mistake in it may have the secret behind it.
    const known = Object.hasOwn(table, name) ? name : nearest(name, names)
    if (known !== undefined) maskSecret(table[known]!, entry.value)
  }
}

function maskSecret(one: AnySetting, node: Tree): void {
  const type = one['x-archlab']
  if (type === 'secret') node.span.source.mask(node.span.start, node.span.end)
  else if (type === 'list' && node.type === 'sequence') {
    for (const item of node.items) maskSecret(one.items as Setting, item)
  } else if (type === 'group' && node.type === 'mapping') maskSecrets(one.properties as Settings, node)
}
