import { defineComponent, json, number } from '@archlab/runtime/kit'

/** Reads the clock so many times: on a busy machine time passes also while others have the processor. */
function spin(readings: number): number {
  let nowMs = 0
  for (let reading = 0; reading < readings; reading++) nowMs = performance.now()
  return nowMs
}

/** Readings that take a millisecond here, about. */
function readingsInMs(): number {
  const READINGS = 20_000
  let quickestMs = Number.POSITIVE_INFINITY
  for (let attempt = 0; attempt < 10; attempt++) {
    const startedMs = performance.now()
    quickestMs = Math.min(quickestMs, spin(READINGS) - startedMs)
  }
  return READINGS / quickestMs
}

function plantedBurn(readings: number): void {
  spin(readings)
}

function remainder(readings: number): void {
  spin(readings)
}

/** What a profiler has to find: a function that takes a known share of a request. */
export default defineComponent({
  kind: 'planted',
  summary: 'Computes for about a known time in one function, and for another one in a second.',
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
    const readings = readingsInMs()
    return () => {
      plantedBurn(settings.burnMs * readings)
      remainder(settings.restMs * readings)
      return answer
    }
  },
})
