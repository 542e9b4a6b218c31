import type { Behaviours, EndpointBehaviour, Step } from './behaviour.ts'
import { ANY, classKey, intersect, type RequestClass } from './request-class.ts'

/** Classes of requests to an entry that are looked at, at most. */
export const CLASSES_MAX = 1000

/**
 * The classes of requests that an entry treats differently: its endpoints or routes. Where it passes requests on as they
 * are, those of the component behind it, and so on.
 */
export function classesOf(behaviours: Behaviours, entry: string): RequestClass[] {
  const classes = new Map<string, RequestClass>()
  const seen = new Set<string>()
  // A stack of its own: a long chain must not be limited by the call stack.
  const pending: Pending[] = [{ component: entry, request: ANY }]
  while (pending.length > 0 && classes.size < CLASSES_MAX) {
    const { component, request } = pending.pop()!
    const key = `${component ?? ''} ${classKey(request)}`
    if (seen.has(key)) continue
    seen.add(key)
    const narrower = component === null ? [] : narrowed(behaviours.get(component)!.endpoints, request)
    if (narrower.length === 0) classes.set(classKey(request), request)
    else pending.push(...narrower.reverse())
  }
  return [...classes.values()]
}

/** A class still to be looked at, with the component that takes it next; `null` when it is treated alike from here on. */
interface Pending {
  readonly component: string | null
  readonly request: RequestClass
}

function narrowed(endpoints: readonly EndpointBehaviour[], request: RequestClass): Pending[] {
  return endpoints.flatMap(endpoint => {
    const common = intersect(request, endpoint.match)
    if (!common) return []
    return passedOnTo(endpoint.steps).map(component => ({ component, request: { ...common, certain: true } }))
  })
}

/** The components that a script hands the request on to as it is. */
function passedOnTo(steps: readonly Step[]): readonly (string | null)[] {
  const [only, more] = steps
  const passes = only?.type === 'call' && more === undefined && only.sends === 'same' && only.link.path === null
  return passes ? only.link.to : [null]
}
