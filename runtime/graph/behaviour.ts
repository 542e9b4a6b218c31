import { type ComponentDefinition, decodeSettings, type Match, type StepModel, type WorkModel } from '../kit/index.ts'
import type { ComponentSpec, LinkSpec, Topology } from '../topology/topology.ts'
import { readMatch } from './request-class.ts'

/** What a component does with a request, endpoint by endpoint; the first endpoint that matches takes it. */
export interface Behaviour {
  readonly endpoints: readonly EndpointBehaviour[]
  /** True when the kind's `model` tells; its times are known then. */
  readonly modelled: boolean
}

export interface EndpointBehaviour {
  readonly match: Match
  readonly steps: readonly Step[]
}

/** One step; `chance` is the probability that it happens. */
export type Step = { readonly chance: number } & (
  | WorkModel
  | { readonly type: 'call'; readonly link: LinkSpec; readonly sends: Sends; readonly failure?: number }
  | { readonly type: 'parallel'; readonly branches: readonly (readonly Step[])[] }
  | { readonly type: 'end'; readonly status?: number }
)

/** What a call sends: the request that arrived, one that the kind declares, or one that nobody declares. */
export type Sends = 'same' | 'unknown' | { readonly method: string; readonly path: string }

/** By component. */
export type Behaviours = ReadonlyMap<string, Behaviour>

/** Asks the kinds of a topology what requests make their components do; imports their modules. */
export async function behavioursOf(topology: Topology): Promise<Behaviours> {
  const behaviours = new Map<string, Behaviour>()
  for (const component of Object.values(topology.components)) {
    const definition: ComponentDefinition = (await import(component.module)).default
    behaviours.set(component.name, behaviourOf(component, definition))
  }
  return behaviours
}

/**
 * What a component does: as its kind's `model` says; without one a route is chosen by its match, the one link of a
 * component that stands for it (`to`) is called once with the request that arrived, and named links are called once each.
 */
export function behaviourOf(component: ComponentSpec, definition: ComponentDefinition): Behaviour {
  if (definition.model) {
    const links = component.links.map(link => link.name)
    const endpoints = definition.model(decodeSettings(definition.settings, component.settings), links)
    return {
      modelled: true,
      endpoints: endpoints.map(({ match, steps }) => ({
        match: readMatch(match, component.name),
        steps: steps.map(step => modelledStep(component, step)),
      })),
    }
  }
  return { modelled: false, endpoints: declaredEndpoints(component, definition) }
}

const EVERYTHING: Match = { method: '*', path: '/*' }

function declaredEndpoints(component: ComponentSpec, definition: ComponentDefinition): EndpointBehaviour[] {
  const declared = definition.links ?? {}
  const call = (link: LinkSpec, sends: Sends): Step => ({ type: 'call', chance: 1, link, sends })
  if ('routes' in declared) {
    return component.routes.map(({ match, link }) => ({ match, steps: [call(linkCalled(component, link), 'same')] }))
  }
  const sends = 'inline' in declared ? 'same' : 'unknown'
  return [{ match: EVERYTHING, steps: component.links.map(link => call(link, sends)) }]
}

function modelledStep(component: ComponentSpec, step: StepModel): Step {
  const chance = step.chance ?? 1
  switch (step.type) {
    case 'work':
      return { ...step, chance }
    case 'call': {
      // A class of requests has no query.
      const path = step.path.replace(/[?#].*$/s, '')
      const failure = step.failure === undefined ? {} : { failure: step.failure }
      const link = linkCalled(component, step.link)
      return { type: 'call', chance, link, sends: { method: step.method, path }, ...failure }
    }
    case 'parallel': {
      const branches = step.branches.map(branch => branch.map(one => modelledStep(component, one)))
      return { type: 'parallel', chance, branches }
    }
    case 'end':
      return { ...step, chance }
  }
}

function linkCalled(component: ComponentSpec, name: string): LinkSpec {
  const link = component.links.find(one => one.name === name)
  if (!link) throw new TypeError(`${component.name}: model: calls "${name}", which is no link of it`)
  return link
}
