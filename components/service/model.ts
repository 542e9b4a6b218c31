import { type EndpointModel, matchText, meanOf, type StepModel } from '@archlab/runtime/kit'
import { type EndpointScript, EVERYTHING, type StepScript } from './script.ts'

/** What a service answers when a call fails. */
const CALL_FAILED = 500

/** What the endpoints make the component do, for graphs and queueing models. */
export function modelOf(endpoints: readonly EndpointScript[] | undefined): EndpointModel[] {
  if (!endpoints) return [{ match: matchText(EVERYTHING), steps: [] }]
  return endpoints.map(({ match, steps }) => ({ match: matchText(match), steps: steps.map(stepModel) }))
}

function stepModel(step: StepScript): StepModel {
  const chance = step.chance < 1 ? { chance: step.chance } : {}
  switch (step.type) {
    case 'work':
      return { ...chance, type: 'work', meanMs: meanOf(step.demand), time: step.demand, resource: step.resource }
    case 'call':
      return { ...chance, type: 'call', link: step.name, method: step.method, path: step.path, failure: CALL_FAILED }
    case 'parallel':
      return { ...chance, type: 'parallel', branches: step.branches.map(branch => branch.map(stepModel)) }
    case 'respond':
      return step.status >= 400 ? { ...chance, type: 'end', status: step.status } : { ...chance, type: 'end' }
    case 'fail': {
      const probability = step.chance * step.probability
      return { ...(probability < 1 ? { chance: probability } : {}), type: 'end', status: step.status }
    }
  }
}
