import { defineComponent, json, number } from '@archlab/runtime/kit'

/** Computes until a time has passed, whatever else the machine does meanwhile. */
function spin(forMs: number): void {
  const untilMs = performance.now() + forMs
  while (performance.now() < untilMs) {}
}

function plantedBurn(forMs: number): void {
  spin(forMs)
}

function remainder(forMs: number): void {
  spin(forMs)
}

/** What a profiler has to find: a function that takes a known share of a request. */
export default defineComponent({
  kind: 'planted',
  summary: 'Computes for a known time in one function, and for another one in a second.',
  settings: {
    burnMs: number({ doc: 'In the function that is to be found.', default: 3, min: 0, max: 1000, unit: 'ms' }),
    restMs: number({ doc: 'In the other one.', default: 2, min: 0, max: 1000, unit: 'ms' }),
  },
  example: `
planted:
  kind: ./planted.ts
  port: 18000
`,
  create({ settings }) {
    const answer = json(200, {})
    return () => {
      plantedBurn(settings.burnMs)
      remainder(settings.restMs)
      return answer
    }
  },
})
