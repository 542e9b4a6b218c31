import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { ArchlabError } from '@archlab/runtime/kit'
import { didYouMean, type Topology } from '@archlab/runtime/topology'
import { topologyHash } from '../load/command/output/environment.ts'
import { environment } from '../support/results.ts'
import { type CallNode, totalOf } from './call-tree.ts'
import { modulesOf, Places } from './places.ts'
import type { Recording } from './recording.ts'
import type { LoadFigures, ProfileResult, Recorded } from './result.ts'
import { hottestOf, sharesOf, type ThreadTree } from './shares.ts'
import { cpuTree, heapTree } from './v8-profiles.ts'

/** Functions that a result lists. */
const HOTTEST = 60

/** A profile, with the calls that its pictures are drawn from. */
export interface Profile {
  readonly result: ProfileResult
  readonly threads: readonly ThreadTree[]
}

/** What a recording is the recording of. */
export interface Subject {
  readonly name: string
  readonly topology: Topology
  readonly of: Recorded
  readonly interval: number
  readonly reason: ProfileResult['reason']
  readonly load: LoadFigures | null
  /** Where V8's profiles lie. */
  readonly folder: string
}

/** Reads what was recorded. Throws an ArchlabError when there is nothing. */
export function profileOf(recording: Recording, subject: Subject): Profile {
  const { name, topology, of, interval, reason, load, folder } = subject
  const modules = modulesOf(topology)
  const places = new Places(modules)
  const threads = recording.threads
    .filter(({ file }) => file !== null)
    .map(({ thread, replicas, file }) => {
      const components = new Set(replicas.map(replica => replica.split('/')[0]!))
      const component = components.size === 1 ? [...components][0]! : thread
      return { thread, replicas, component, file: basename(file!), tree: readTree(join(folder, basename(file!)), of) }
    })
    .sort((a, b) => orderOf(topology, a.component) - orderOf(topology, b.component) || (a.thread < b.thread ? -1 : 1))
  if (threads.length === 0) throw nothingRecorded(recording)
  return {
    threads,
    result: {
      command: 'profile',
      name,
      of,
      interval,
      environment: environment(),
      topologyHash: topologyHash(topology),
      seed: topology.seed,
      reason,
      windowMs: recording.windowMs,
      requests: recording.requests,
      threads: threads.map(({ tree, ...rest }) => ({ ...rest, amount: totalOf(tree) })),
      shares: sharesOf(threads, places),
      hottest: hottestOf(threads, places, HOTTEST),
      modules,
      load,
    },
  }
}

const orderOf = ({ components }: Topology, name: string): number => {
  const at = Object.keys(components).indexOf(name)
  return at < 0 ? Number.MAX_SAFE_INTEGER : at
}

function nothingRecorded({ threads }: Recording): ArchlabError {
  const why = threads.find(({ error }) => error)?.error
  const message = why ? `no thread could be recorded: ${why.message}` : 'no thread was recorded'
  return new ArchlabError('PROFILE_FAILED', message, { hint: why?.hint })
}

/** Reads a profile that was kept. Throws an ArchlabError when there is none in the folder. */
export function readProfile(folder: string): Profile {
  try {
    const result = JSON.parse(readFileSync(join(folder, 'result.json'), 'utf8')) as ProfileResult
    if (result.command !== 'profile') throw new Error('its result.json is of another command')
    const threads = result.threads.map(one => ({ ...one, tree: readTree(join(folder, one.file), result.of) }))
    return { result, threads }
  } catch (cause) {
    const message = `${folder} holds no profile: ${(cause as Error).message}`
    throw new ArchlabError('CLI_USAGE', message, { cause, hint: 'name a folder that archlab profile has written' })
  }
}

function readTree(file: string, of: Recorded): CallNode {
  const profile = JSON.parse(readFileSync(file, 'utf8'))
  return of === 'cpu' ? cpuTree(profile) : heapTree(profile)
}

/**
 * The replicas that a person means: each text is the name of a component, for all of its replicas, or of a replica; `null`
 * (all) for no text. Throws an ArchlabError for a name that does not exist.
 */
export function chosenReplicas(texts: readonly string[], { components }: Topology): string[] | null {
  if (texts.length === 0) return null
  const namesOf = (component: string): string[] =>
    Array.from({ length: components[component]!.replicas }, (_, index) => `${component}/${index}`)
  return texts.flatMap(text => {
    if (Object.hasOwn(components, text)) return namesOf(text)
    const [component] = text.split('/', 1) as [string]
    if (Object.hasOwn(components, component) && namesOf(component).includes(text)) return [text]
    const hint = didYouMean(text, Object.keys(components))
    throw new ArchlabError('CLI_USAGE', `no component or replica is called "${text.slice(0, 60)}"`, { hint })
  })
}
