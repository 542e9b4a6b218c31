import type { EffectState } from './lab/passage.ts'
import type { Walk } from './lab/walk.ts'
import type { Figure, TacticPrediction } from './prediction.ts'
import { figure } from './requests.ts'

/** What tactics do to the requests that pass them; those that let all pass untouched are left out. */
export function tacticsOf(walk: Walk): TacticPrediction[] {
  return walk.effects.all.flatMap(state => {
    const { spec } = state.place
    const effects = effectsOf(state)
    return state.rate > 0 && effects
      ? [{ address: spec.address, name: spec.name, perSecond: state.rate * 1000, effects }]
      : []
  })
}

function effectsOf(state: EffectState): Record<string, Figure> | null {
  const { effect } = state
  const average = (of: (passage: { refused: number; hit: number; tries: number }) => number): number => {
    let sum = 0
    for (const passage of state.sites.values()) sum += passage.rate * of(passage)
    return sum / state.rate
  }
  switch (effect.type) {
    case 'limit': {
      const label = effect.keyed ? 'bound' : 'approximate'
      const reason = effect.keyed ? 'all requests are taken to have one key' : 'arrivals are taken to be Poisson'
      return {
        refused: figure(
          average(one => one.refused),
          'ratio',
          label,
          reason,
        ),
      }
    }
    case 'keep':
      return {
        hits: figure(
          average(one => one.hit),
          'ratio',
          'approximate',
          'a reply is kept the moment it is asked for, until its ttl or until there is no room for it',
        ),
      }
    case 'repeat':
      return {
        tries: figure(
          average(one => one.tries),
          'count',
          'approximate',
          'tries fail independently of one another',
        ),
      }
    default:
      return null
  }
}
