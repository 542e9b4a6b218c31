import type { Distribution } from '@archlab/runtime/kit'
import type { ArrivalSpec, RequestSpec, WorkloadSpec } from '@archlab/runtime/topology'
import { count, counted, listed, number, rate, roundDuration } from '../format.ts'

/** How requests arrive, as a sentence says it: `at random (Poisson), 50/s`. */
export function arrivalsText(arrivals: ArrivalSpec): string {
  switch (arrivals.type) {
    case 'constant':
      return `evenly, ${rate(arrivals.perSecond)}`
    case 'poisson':
      return `at random (Poisson), ${rate(arrivals.perSecond)}`
    case 'ramp':
      return `${processText(arrivals.process)}, from ${rate(arrivals.from)} rising or falling to ${rate(arrivals.to)}`
    case 'stages': {
      const stages = arrivals.stages.map(
        ({ from, to, durationMs }) =>
          `${from === to ? rate(to) : `${rate(from)} to ${rate(to)}`} for ${roundDuration(durationMs)}`,
      )
      return `${processText(arrivals.process)}, in stages: ${stages.join(', then ')}`
    }
    case 'bursts': {
      const { process, onPerSecond, offPerSecond, on, off } = arrivals
      return `${processText(process)}, in bursts: ${rate(onPerSecond)} for ${distributionText(on)}, then ${rate(offPerSecond)} for ${distributionText(off)}`
    }
    case 'trace':
      return `as recorded in ${arrivals.file}`
    case 'closed':
      return closedText(arrivals)
  }
}

/** The same as a whole sentence, without its full stop. */
export function arrivalsSentence(arrivals: ArrivalSpec): string {
  if (arrivals.type !== 'closed') return `Requests arrived ${arrivalsText(arrivals)}`
  const { users, think } = arrivals
  const pause = isNone(think) ? '' : ` and then ${distributionText(think)} more`
  return `${counted(users, 'user')} sent requests, each waiting for the reply${pause}`
}

const isNone = (think: Distribution): boolean => think.type === 'constant' && think.valueMs === 0

const processText = (process: 'poisson' | 'constant'): string =>
  process === 'poisson' ? 'at random (Poisson)' : 'evenly'

function closedText({ users, think, spawnPerSecond, iterations }: Extract<ArrivalSpec, { type: 'closed' }>): string {
  const limits = [
    ...(spawnPerSecond === null ? [] : [`starting ${rate(spawnPerSecond)}`]),
    ...(iterations === null ? [] : [`${counted(iterations, 'request')} each`]),
  ]
  const pause = isNone(think) ? '' : `, and then ${distributionText(think)} more`
  const text = `from ${counted(users, 'user')} who wait for each reply${pause}`
  return [text, ...limits].join(', ')
}

/** A duration that may be random: `1 s on average (exponential)`. */
export function distributionText(of: Distribution): string {
  if (of.type === 'constant') return roundDuration(of.valueMs)
  if (of.type === 'uniform') return `${roundDuration(of.minMs)} to ${roundDuration(of.maxMs)} (uniform)`
  return `${roundDuration(of.meanMs)} on average (${of.type})`
}

/** Which requests are sent, and how often each: `GET /data 90 %, POST /longtask 10 %`. */
export function mixText(requests: readonly RequestSpec[]): string {
  const whole = requests.reduce((sum, one) => sum + one.weight, 0)
  return listed(
    requests.map(one => {
      if (one.count !== null) return `${one.name} ${count(one.count)} times`
      return requests.length === 1
        ? one.name
        : `${one.name} ${number(Math.round((one.weight / whole) * 1000) / 10)}\u00a0%`
    }),
  )
}

/** Where requests went. */
export function targetText({ target }: WorkloadSpec): string {
  return 'entry' in target ? target.entry : target.url
}
