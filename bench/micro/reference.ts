/*
 * A shared machine changes its pace by up to two times, for seconds, and not alike for all code: what only counts in registers
 * hardly feels a neighbour on the same core. So the reference work does what tactics do: looks keys up, makes objects, and
 * calls functions it does not know.
 */

const READINGS = 2
const WARMING = 100
const KEYS = Array.from({ length: 1000 }, (_, at) => `key ${at}`)
const KNOWN = new Map(KEYS.map((key, at) => [key, { at }]))
const STEPS: readonly ((value: number) => number)[] = [x => x + 1, x => x ^ 3, x => (x * 2) | 0, x => x - 5]

interface Link {
  readonly at: number
  readonly before: Link | undefined
}

/**
 * Milliseconds that one and the same piece of work takes now, about half of one. What is measured between two readings is
 * known as a multiple of them far better than in seconds. The least of some readings: being interrupted is not the machine's pace.
 */
export function referenceMs(): number {
  let least = Number.POSITIVE_INFINITY
  for (let reading = 0; reading < READINGS; reading++) {
    const beganMs = performance.now()
    if (lookUp() + makeObjects() + callUnknown() === 0) throw new Error('the reference work has no result')
    least = Math.min(least, performance.now() - beganMs)
  }
  return least
}

/** Has the reference work compiled, once a process. */
export function warmReference(): void {
  for (let time = 0; time < WARMING; time++) referenceMs()
}

function lookUp(): number {
  let sum = 0
  for (let round = 0; round < 5; round++) for (const key of KEYS) sum += KNOWN.get(key)!.at
  return sum
}

function makeObjects(): number {
  const recent: (Link | undefined)[] = new Array(256)
  for (let at = 0; at < 5000; at++) recent[at & 255] = { at, before: recent[(at * 7) & 255]?.before }
  return recent[0]!.at
}

function callUnknown(): number {
  let value = 0
  for (let at = 0; at < 20_000; at++) value = STEPS[(at * value) & 3]!(value)
  return value
}
