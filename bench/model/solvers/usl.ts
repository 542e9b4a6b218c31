import type { Answer } from './answer.ts'
import { solveLinear } from './linear-system.ts'

/*
 * The universal scalability law: throughput of N users, processes or replicas, X(N) = γN / (1 + σ(N - 1) + κN(N - 1)). N. J. Gunther,
 * Guerrilla Capacity Planning, Springer 2007, ch. 4 to 6.
 */

export interface UslParameters {
  /** γ: throughput of one. */
  readonly gamma: number
  /** σ: contention, the share of the work that cannot be done side by side. */
  readonly sigma: number
  /** κ: coherence, what each pair costs to be kept consistent. */
  readonly kappa: number
}

/** Throughput of N. */
export function uslThroughput({ gamma, sigma, kappa }: UslParameters, n: number): number {
  return (gamma * n) / (1 + sigma * (n - 1) + kappa * n * (n - 1))
}

/** N with the largest throughput, √((1 - σ)/κ); Infinity where it never falls, 1 where it falls from the start. */
export function uslPeak({ sigma, kappa }: UslParameters): number {
  if (sigma >= 1) return 1
  return kappa === 0 ? Number.POSITIVE_INFINITY : Math.max(1, Math.sqrt((1 - sigma) / kappa))
}

export interface UslFit extends UslParameters, Answer {
  /** By parameter; `null` for one that lies on its bound 0, and for all of them where there are no more than three points. */
  readonly standardErrors: { readonly [name in keyof UslParameters]: number | null }
  /** N with the largest throughput. */
  readonly peak: number
  /** Sum of the squared differences, and the share of the points' variance that the curve explains. */
  readonly residualSquares: number
  readonly rSquared: number
  readonly rounds: number
}

type Vector = [gamma: number, sigma: number, kappa: number]

const ROUNDS_MAX = 500

/**
 * Fits the law to measured points by non-linear least squares on the throughput: Levenberg and Marquardt's method (K. Levenberg 1944; D.
 * Marquardt 1963) with all parameters kept at 0 or above (those at their bound that want to leave it are held there). It begins
 * with the linear least squares of N/X. Standard errors are those of the linearised model at the solution, s² (JᵀJ)⁻¹ over the
 * parameters that are not on a bound. Throws a RangeError for fewer than three different N.
 */
export function fitUsl(points: readonly { readonly n: number; readonly throughput: number }[]): UslFit {
  for (const { n, throughput } of points) {
    if (!(n >= 1 && throughput > 0 && n + throughput < Number.POSITIVE_INFINITY)) {
      throw new RangeError(`a point needs n from 1 on and a throughput above 0, not ${n} and ${throughput}`)
    }
  }
  if (new Set(points.map(one => one.n)).size < 3) throw new RangeError('three different n are needed for a fit')
  let at = firstGuess(points)
  let squares = squaresAt(points, at)
  let damping = 1e-3
  let rounds = 0
  for (; rounds < ROUNDS_MAX && damping < 1e15; rounds++) {
    const next = stepFrom(points, at, damping)
    const nextSquares = next ? squaresAt(points, next) : Number.POSITIVE_INFINITY
    if (next && nextSquares <= squares) {
      const moved = next.some((one, p) => Math.abs(one - at[p]!) > 1e-12 * (Math.abs(one) + 1e-9))
      at = next
      squares = nextSquares
      damping = Math.max(1e-12, damping / 5)
      if (!moved) break
    } else damping *= 4
  }
  const [gamma, sigma, kappa] = at
  const mean = points.reduce((sum, one) => sum + one.throughput, 0) / points.length
  const variance = points.reduce((sum, one) => sum + (one.throughput - mean) ** 2, 0)
  return {
    gamma,
    sigma,
    kappa,
    label: 'approximate',
    assumptions: ['errors of the points are independent and of one size'],
    standardErrors: errorsAt(points, at, squares),
    peak: uslPeak({ gamma, sigma, kappa }),
    residualSquares: squares,
    rSquared: variance === 0 ? 1 : 1 - squares / variance,
    rounds,
  }
}

type Points = readonly { readonly n: number; readonly throughput: number }[]

/** Linear least squares of N/X = a + b (N - 1) + c N (N - 1); then γ = 1/a, σ = b/a, κ = c/a. */
function firstGuess(points: Points): Vector {
  const rows = points.map(({ n }) => [1, n - 1, n * (n - 1)])
  const solved = solveLinear(
    ...normalEquations(
      rows,
      points.map(({ n, throughput }) => n / throughput),
    ),
  )
  const [a = 0, b = 0, c = 0] = solved ?? []
  if (!(a > 0)) return [Math.max(...points.map(({ n, throughput }) => throughput / n)), 0.01, 0.0001]
  return [1 / a, Math.max(0, b / a), Math.max(0, c / a)]
}

function normalEquations(rows: readonly (readonly number[])[], right: readonly number[]): [number[][], number[]] {
  const size = rows[0]!.length
  const matrix = Array.from({ length: size }, (_, i) =>
    Array.from({ length: size }, (__, j) => rows.reduce((sum, row) => sum + row[i]! * row[j]!, 0)),
  )
  return [matrix, Array.from({ length: size }, (_, i) => rows.reduce((sum, row, at) => sum + row[i]! * right[at]!, 0))]
}

const model = ([gamma, sigma, kappa]: Vector, n: number): number => uslThroughput({ gamma, sigma, kappa }, n)

const squaresAt = (points: Points, at: Vector): number =>
  points.reduce((sum, { n, throughput }) => sum + (throughput - model(at, n)) ** 2, 0)

/** Derivatives of the throughput by γ, σ and κ. */
function gradient([gamma, sigma, kappa]: Vector, n: number): number[] {
  const below = 1 + sigma * (n - 1) + kappa * n * (n - 1)
  const slope = (-gamma * n) / below ** 2
  return [n / below, slope * (n - 1), slope * n * (n - 1)]
}

/** The parameters after a damped step; `null` when the equations cannot be solved. */
function stepFrom(points: Points, at: Vector, damping: number): Vector | null {
  const rows = points.map(({ n }) => gradient(at, n))
  const [matrix, right] = normalEquations(
    rows,
    points.map(({ n, throughput }) => throughput - model(at, n)),
  )
  // A parameter on its bound that the steepest descent would take below it stays there.
  const free = at.flatMap((value, p) => (value > 0 || right[p]! > 0 ? [p] : []))
  const damped = free.map(i => free.map(j => matrix[i]![j]! * (i === j ? 1 + damping : 1)))
  const step = solveLinear(
    damped,
    free.map(i => right[i]!),
  )
  if (!step) return null
  const next: Vector = [...at]
  for (const [k, p] of free.entries()) next[p] = Math.max(p === 0 ? Number.MIN_VALUE : 0, at[p]! + step[k]!)
  return next
}

function errorsAt(points: Points, at: Vector, squares: number): UslFit['standardErrors'] {
  const free = at.flatMap((value, p) => (value > 0 ? [p] : []))
  const spare = points.length - free.length
  const errors: (number | null)[] = [null, null, null]
  if (spare > 0) {
    const rows = points.map(({ n }) => free.map(p => gradient(at, n)[p]!))
    for (const [k, p] of free.entries()) {
      const unit = free.map((_, other) => (other === k ? 1 : 0))
      const column = solveLinear(
        normalEquations(
          rows,
          points.map(() => 0),
        )[0],
        unit,
      )
      if (column) errors[p] = Math.sqrt((squares / spare) * Math.max(0, column[k]!))
    }
  }
  return { gamma: errors[0]!, sigma: errors[1]!, kappa: errors[2]! }
}
