/** One measured operating point of a closed system: times in milliseconds. */
export interface OperatingPoint {
  readonly users: number
  /** Mean time that a user thinks between a reply and the next request. */
  readonly thinkMs: number
  readonly throughputPerSecond: number
  readonly responseMs: number
}

export interface LawResult {
  readonly point: OperatingPoint
  /** N/X − Z. */
  readonly expectedMs: number
  /** Measured over expected response time, less 1. */
  readonly deviation: number
  readonly holds: boolean
}

/**
 * The response time law of interactive systems, R = N/X − Z (P. J. Denning and J. P. Buzen, Computing Surveys 10, 1978). It
 * follows from Little's law alone, for any system and any distribution, so data that do not obey it are wrong: users were
 * missing, the clock started late, or errors were counted as replies. `tolerance` is relative to the expected response time.
 */
export function responseTimeLaw(points: readonly OperatingPoint[], tolerance: number): LawResult[] {
  return points.map(point => {
    const { users, thinkMs, throughputPerSecond, responseMs } = point
    const expectedMs = (1000 * users) / throughputPerSecond - thinkMs
    const deviation = responseMs / expectedMs - 1
    return { point, expectedMs, deviation, holds: Math.abs(deviation) <= tolerance }
  })
}
