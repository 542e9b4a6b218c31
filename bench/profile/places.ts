import { fileURLToPath } from 'node:url'
import type { Topology } from '@archlab/runtime/topology'
import { type Frame, fileOf } from './call-tree.ts'

/** What a piece of code belongs to; the colours of a flame graph. */
export const CATEGORIES = ['component', 'tactic', 'link', 'runtime', 'library', 'node', 'native', 'gc'] as const
export type Category = (typeof CATEGORIES)[number]

/** Who owns a function: a kind or tactic by its name, the link, the runtime. */
export interface Owner {
  readonly category: Category
  /** Name of the kind or tactic, of the library; empty where the category says it all. */
  readonly name: string
}

/** A module of the topology: where it lies, and what it defines. */
export interface ModulePlace {
  readonly type: 'component' | 'tactic'
  readonly name: string
  /** URL of the file. */
  readonly url: string
}

const ROOT_URL = new URL('../../', import.meta.url).href
const ROOT_PATH = fileURLToPath(ROOT_URL)

const RUNTIME: Owner = { category: 'runtime', name: '' }
const LINK: Owner = { category: 'link', name: '' }
const NODE: Owner = { category: 'node', name: '' }
const NATIVE: Owner = { category: 'native', name: '' }
const GC: Owner = { category: 'gc', name: '' }

/** Folders of the runtime that carry out a link's calls. */
const LINK_FOLDERS = ['runtime/replica/link/', 'runtime/balancing/']

/** The modules of every kind and tactic in a topology. */
export function modulesOf({ components }: Topology): ModulePlace[] {
  const found = new Map<string, ModulePlace>()
  const add = (place: ModulePlace): void => void found.set(fileOf(place.url), { ...place, url: fileOf(place.url) })
  const ofLinks = (links: Topology['components'][string]['links']): void => {
    for (const link of links) ofTactics(link.tactics)
  }
  const ofTactics = (tactics: Topology['components'][string]['tactics']): void => {
    for (const { name, module, links } of tactics) {
      add({ type: 'tactic', name, url: module })
      ofLinks(links)
    }
  }
  for (const { kind, module, links, tactics } of Object.values(components)) {
    add({ type: 'component', name: kind, url: module })
    ofLinks(links)
    ofTactics(tactics)
  }
  return [...found.values()]
}

/** Tells by a function's file what it belongs to. */
export class Places {
  readonly #modules: ReadonlyMap<string, ModulePlace>

  constructor(modules: readonly ModulePlace[]) {
    this.#modules = new Map(modules.map(place => [place.url, place]))
  }

  /** What a function is part of, by where it stands. */
  ownerOf({ name, url }: Frame): Owner {
    if (url === '') return name === '(garbage collector)' ? GC : NATIVE
    if (url.startsWith('node:')) return NODE
    const module = this.#modules.get(url)
    if (module) return { category: module.type, name: module.name }
    const library = /\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1]
    if (library) return { category: 'library', name: library }
    if (!url.startsWith(ROOT_URL)) return { category: 'component', name: '' }
    const path = url.slice(ROOT_URL.length)
    const [, folder, part] = /^(components|tactics)\/([^/]+)\//.exec(path) ?? []
    if (folder) return { category: folder === 'components' ? 'component' : 'tactic', name: part! }
    if (LINK_FOLDERS.some(place => path.startsWith(place))) return LINK
    return path.startsWith('runtime/') ? RUNTIME : { category: 'component', name: '' }
  }

  /**
   * Whose work a call is: that of the function itself where a component, a tactic, a link or the runtime's data plane owns
   * it; else, for what they all call (the kit, Node.js, libraries, native code), that of the caller.
   */
  accountOf(frame: Frame, caller: Owner | null): Owner {
    const own = this.ownerOf(frame)
    const isTool = own.category === 'node' || own.category === 'library' || own.category === 'native'
    if (caller && (isTool || isShared(frame))) return caller
    return own
  }
}

/** Of the runtime, what components, tactics and links call for themselves. */
const isShared = ({ url }: Frame): boolean =>
  url.startsWith(`${ROOT_URL}runtime/kit/`) || url.startsWith(`${ROOT_URL}runtime/meters/`)

/** `runtime/replica/server.ts:60`, as short as it is clear; empty for native code. */
export function placeText({ url, line }: Frame): string {
  if (url === '') return ''
  const path = url.startsWith(ROOT_URL)
    ? url.slice(ROOT_URL.length)
    : url.startsWith('file:')
      ? fileURLToPath(url).replace(ROOT_PATH, '')
      : url
  return `${path}:${line}`
}

/** The name of a function as a person looks for it. */
export function frameName({ name, url }: Frame): string {
  if (name === '(program)') return 'native code and system calls'
  if (name === '(garbage collector)') return 'garbage collector'
  if (name !== '') return name
  return url === '' ? '(native)' : '(anonymous)'
}
