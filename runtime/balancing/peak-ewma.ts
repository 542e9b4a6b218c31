import { duration } from '../kit/index.ts'
import { definePolicy } from './policy.ts'
import { twoChoices } from './two-choices.ts'

interface Load {
  ewmaMs: number
  atMs: number
}

/** What a target costs of which nothing is known yet but that has calls under way. */
const UNKNOWN_MS = 1e6

/**
 * Peak-sensitive exponentially weighted moving average of the latency, times the calls under way, compared between two
 * candidates drawn at random. A latency above the average replaces it at once; below it the average comes down with
 * `decay`. After Twitter's Finagle (com.twitter.finagle.loadbalancer.PeakEwma).
 */
export default definePolicy({
  name: 'peak-ewma',
  summary: 'Of two targets at random the one with the lower expected wait: recent latency times requests under way.',
  about:
    'A slow reply raises the latency of its target at once; quick ones bring it down again within a few times `decay`. A ' +
    'target that fails quickly looks fast, so keep the outlier ejection of the link on.',
  settings: { decay: duration({ doc: 'How quickly old latencies lose weight.', default: '10s' }) },
  example: 'policy: { peak-ewma: { decay: 5s } }',
  create({ settings, clock, random }) {
    const loads = new Map<string, Load>()
    const cost = (replica: string, inFlight: number, nowMs: number): number => {
      const load = loads.get(replica)
      if (!load) return inFlight === 0 ? 0 : UNKNOWN_MS + inFlight
      // Silence is good news: without replies the average fades towards zero, so that a target gets another chance.
      const faded = load.ewmaMs * Math.exp(-(nowMs - load.atMs) / settings.decayMs)
      return faded * (inFlight + 1)
    }
    return {
      pick(candidates) {
        const [one, two] = twoChoices(candidates, random)
        if (one === two) return one
        const nowMs = clock.nowMs()
        return cost(two.replica, two.inFlight, nowMs) < cost(one.replica, one.inFlight, nowMs) ? two : one
      },
      observe(replica, latencyMs) {
        const nowMs = clock.nowMs()
        const load = loads.get(replica)
        if (!load) {
          loads.set(replica, { ewmaMs: latencyMs, atMs: nowMs })
          return
        }
        const kept = Math.exp(-(nowMs - load.atMs) / settings.decayMs)
        load.ewmaMs = latencyMs > load.ewmaMs ? latencyMs : load.ewmaMs * kept + latencyMs * (1 - kept)
        load.atMs = nowMs
      },
      forget: replica => void loads.delete(replica),
    }
  },
})
