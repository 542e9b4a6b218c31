/**
 * What the readers of foreign formats make of a file, whatever its format: services, and what one request makes each of
 * them do. Names are those of the components that they become.
 */
export interface ServiceGraph {
  /** In the order of the file; no calls make a cycle, and every callee is one of them. */
  readonly services: readonly ImportedService[]
}

/** One service of a foreign file. */
export interface ImportedService {
  readonly name: string
  /** Requests from outside reach it: it gets a port. */
  readonly entry: boolean
  readonly replicas: number
  readonly resources?: Resources
  readonly steps: readonly Step[]
}

/** What each replica is to have and may use. */
export interface Resources {
  readonly requests: Amounts
  readonly limits: Amounts
}

/** Amounts of CPU and memory, as far as they are given. */
export interface Amounts {
  readonly millicores?: number
  readonly bytes?: number
}

/** One step of a service's script. `chance` is the probability that it happens, 1 when left out. */
export type Step = { readonly chance?: number } & (
  | { readonly type: 'work'; readonly resource: 'sleep' | 'cpu'; readonly time: Time }
  | Call
  | { readonly type: 'parallel'; readonly branches: readonly (readonly Step[])[] }
  | { readonly type: 'fail' }
  | { readonly type: 'reply'; readonly bytes: number }
)

/** A call of one service; of one of several, each as likely, when there is more than one in `to`. */
export interface Call {
  readonly type: 'call'
  readonly to: readonly string[]
  /** GET only without a body. */
  readonly method: 'GET' | 'POST'
  /** Size of the request's body. */
  readonly bytes: number
}

/** A length of time, equally likely to be anything from the least to the most. */
export interface Time {
  readonly minMs: number
  readonly maxMs: number
}

/** Most steps of one service, those in branches included; the kind of component takes no more, and a test compares. */
export const STEPS_PER_SERVICE_MAX = 2000
/** Most bytes of all the bodies of different sizes that one service sends; the same. */
export const BODIES_BYTES_MAX = 64 * 1024 * 1024

/** Longest work of one step: a day. */
export const WORK_MAX_MS = 86_400_000

/** How many steps there are, those in branches included. */
export function countSteps(steps: readonly Step[]): number {
  const inside = (step: Step): number => (step.type === 'parallel' ? sum(step.branches.map(countSteps)) : 0)
  return sum(steps.map(step => 1 + inside(step)))
}

/** Bytes of the bodies of different sizes that these steps send. */
export function bodyBytes(steps: readonly Step[]): number {
  const replies = steps.flatMap(step => (step.type === 'reply' ? [step.bytes] : []))
  return sum([...new Set([...replies, ...callsOf(steps).map(call => call.bytes)])])
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0)

/** Every call below these steps, in order, also in branches and with a chance of 0. */
export function callsOf(steps: readonly Step[]): (Call & { readonly chance?: number })[] {
  return steps.flatMap(step => {
    if (step.type === 'call') return [step]
    return step.type === 'parallel' ? step.branches.flatMap(callsOf) : []
  })
}
