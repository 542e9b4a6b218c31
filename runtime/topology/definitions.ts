import { dirname, resolve as resolvePath } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Catalog, ComponentDefinition, LinkDeclaration, Settings, TacticDefinition } from '../kit/index.ts'
import { closureOf } from '../own-modules/closure.ts'
import { adoptSources } from '../own-modules/own-modules.ts'
import {
  COMPONENT_SETTINGS,
  INLINE_LINK_SETTINGS,
  LINKS_SETTING,
  ROUTES_SETTING,
  TACTIC_SETTINGS,
} from './common-settings.ts'

/** The modules a topology may name without a path. */
export interface Catalogs {
  readonly components: Catalog
  readonly tactics: Catalog
}

/** A definition with its module, and the table its YAML is checked with. */
export interface Loaded<D> {
  readonly definition: D
  /** What messages, metrics and addresses call it. */
  readonly name: string
  readonly module: string
  /** The runtime's settings and the module's own. */
  readonly table: Settings
}

/** Why a module cannot be used. */
export interface Unusable {
  readonly reason: string
}

export type LoadedComponent = Loaded<ComponentDefinition>
export type LoadedTactic = Loaded<TacticDefinition>

/** True for a kind or tactic given by path instead of by name. */
export function isModulePath(name: string): boolean {
  return /^\.{0,2}\//.test(name)
}

/** Imports kinds and tactics, each once. */
export class Definitions {
  readonly catalogs: Catalogs
  readonly #folder: string
  readonly #files = new Set<string>()
  #components = new Map<string, Promise<LoadedComponent | Unusable | undefined>>()
  #tactics = new Map<string, Promise<LoadedTactic | Unusable | undefined>>()

  /** Paths start from the folder of `file`. */
  constructor(catalogs: Catalogs, file: string) {
    this.catalogs = catalogs
    this.#folder = dirname(resolvePath(file))
  }

  /** Every file of the user's that a definition came from so far, or should have come from. */
  get files(): string[] {
    return [...this.#files]
  }

  /** The kind called so; `undefined` when nobody knows it. */
  component(kind: string): Promise<LoadedComponent | Unusable | undefined> {
    return once(this.#components, kind, () => this.#load(kind, this.catalogs.components, asComponent))
  }

  /** The tactic called so; `undefined` when nobody knows it. */
  tactic(name: string): Promise<LoadedTactic | Unusable | undefined> {
    return once(this.#tactics, name, () => this.#load(name, this.catalogs.tactics, asTactic))
  }

  async #load<D>(
    name: string,
    catalog: Catalog,
    accept: (candidate: Record<string, unknown>, module: string) => Loaded<D> | Unusable,
  ): Promise<Loaded<D> | Unusable | undefined> {
    const path = isModulePath(name) ? resolvePath(this.#folder, name) : undefined
    const url = path === undefined ? (Object.hasOwn(catalog, name) ? catalog[name] : undefined) : this.#version(path)
    if (url === undefined) return path === undefined ? undefined : { reason: `there is no file ${path}` }
    try {
      const imported: { default?: unknown } = await import(url)
      const candidate = imported.default
      if (typeof candidate !== 'object' || candidate === null) {
        return { reason: `${shown(url)} has no default export made by defineComponent or defineTactic` }
      }
      return accept(candidate as Record<string, unknown>, url)
    } catch (error) {
      return { reason: `${shown(url)} cannot be imported: ${firstLine(error)}` }
    }
  }

  /** The URL of a module as it is now: an edited one, or one that imports it, has another URL and is imported anew. */
  #version(path: string): string | undefined {
    const closure = closureOf(path)
    for (const file of closure?.files ?? [path]) this.#files.add(file)
    if (closure) adoptSources(closure.sources)
    return closure?.url
  }
}

function once<Value>(cache: Map<string, Promise<Value>>, key: string, make: () => Promise<Value>): Promise<Value> {
  let value = cache.get(key)
  if (!value) {
    value = make()
    cache.set(key, value)
  }
  return value
}

function shown(url: string): string {
  return url.startsWith('file:') ? fileURLToPath(new URL(url)) : url
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return text.split('\n', 1)[0]!
}

function asComponent(candidate: Record<string, unknown>, module: string): LoadedComponent | Unusable {
  const { kind } = candidate
  const reason = flawOf(candidate, kind, 'kind')
  if (reason !== undefined) return { reason: `${shown(module)} ${reason}` }
  const definition = candidate as unknown as ComponentDefinition
  if (definition.links && 'open' in definition.links && typeof definition.calls !== 'function') {
    return { reason: `${shown(module)} has open links, but no "calls" that says which of them it uses` }
  }
  const common = componentTable(definition.links)
  const taken = Object.keys(definition.settings).find(name => Object.hasOwn(common, name))
  if (taken !== undefined) return { reason: `${shown(module)} has a setting "${taken}", which the runtime has taken` }
  return { definition, name: definition.kind, module, table: { ...common, ...definition.settings } }
}

function asTactic(candidate: Record<string, unknown>, module: string): LoadedTactic | Unusable {
  const reason = flawOf(candidate, candidate.name, 'name')
  if (reason !== undefined) return { reason: `${shown(module)} ${reason}` }
  const definition = candidate as unknown as TacticDefinition
  const taken = Object.keys(definition.settings).find(name => Object.hasOwn(TACTIC_SETTINGS, name))
  if (taken !== undefined) return { reason: `${shown(module)} has a setting "${taken}", which the runtime has taken` }
  return { definition, name: definition.name, module, table: { ...TACTIC_SETTINGS, ...definition.settings } }
}

function flawOf(candidate: Record<string, unknown>, name: unknown, member: string): string | undefined {
  if (typeof name !== 'string' || !/^[a-z0-9][a-z0-9-]*$/.test(name)) {
    return `defines no "${member}" of lower-case letters, digits and hyphens`
  }
  const { settings, create, summary } = candidate
  if (typeof summary !== 'string') return 'defines no "summary"'
  if (typeof settings !== 'object' || settings === null) return 'defines no "settings"'
  const odd = Object.entries(settings).find(([, one]) => typeof one?.['x-archlab'] !== 'string')
  if (odd) return `has a setting "${odd[0]}" that no function of the kit made`
  if (typeof create !== 'function') return 'defines no "create"'
  return undefined
}

/** The runtime's settings of a component whose links are declared so. */
export function componentTable(links: LinkDeclaration | undefined): Settings {
  if (!links) return COMPONENT_SETTINGS
  if ('inline' in links) return { ...COMPONENT_SETTINGS, ...INLINE_LINK_SETTINGS }
  if ('routes' in links) return { ...COMPONENT_SETTINGS, routes: ROUTES_SETTING }
  return { ...COMPONENT_SETTINGS, links: LINKS_SETTING }
}
