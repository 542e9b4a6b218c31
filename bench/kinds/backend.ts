import { defineComponent, distribution, flag, json, type Reply, sampler, sleep } from '@archlab/runtime/kit'

/** What stands behind a route: it answers after a while, or not at all. */
export default defineComponent({
  kind: 'backend',
  summary: 'Answers every request after a declared latency; hangs when told to.',
  settings: {
    latency: distribution({ doc: 'How long every answer takes.', default: '0ms' }),
    hangs: flag({ doc: 'It takes requests and never answers them.', default: false }),
  },
  example: `
backend:
  kind: ./backend.ts
  latency: { lognormal: { mean: 10ms, cv: 0.5 } }
`,
  create({ settings, clock, random, self }) {
    const draw = sampler(settings.latency, random)
    const answer = json(200, { from: self.component })
    const never = new Promise<Reply>(() => {})
    return request => {
      if (settings.hangs) return never
      return sleep(clock, draw(), listener => request.cancellation.onCancel(listener)).then(() => answer)
    }
  },
})
