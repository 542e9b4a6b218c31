/**
 * Solves a system of linear equations, rows of `matrix` times x = `right`, by Gaussian elimination with partial pivoting (G. Golub,
 * C. Van Loan, Matrix Computations, §3.4). `null` when the matrix is singular.
 */
export function solveLinear(matrix: readonly (readonly number[])[], right: readonly number[]): number[] | null {
  const size = right.length
  const rows = matrix.map((row, at) => [...row, right[at]!])
  const scale = Math.max(1, ...matrix.flat().map(Math.abs))
  for (let column = 0; column < size; column++) {
    let pivot = column
    for (let row = column + 1; row < size; row++) {
      if (Math.abs(rows[row]![column]!) > Math.abs(rows[pivot]![column]!)) pivot = row
    }
    if (Math.abs(rows[pivot]![column]!) < 1e-13 * scale) return null
    ;[rows[column], rows[pivot]] = [rows[pivot]!, rows[column]!]
    const top = rows[column]!
    for (let row = column + 1; row < size; row++) {
      const below = rows[row]!
      const factor = below[column]! / top[column]!
      if (factor !== 0) for (let at = column; at <= size; at++) below[at]! -= factor * top[at]!
    }
  }
  const solution = new Array<number>(size).fill(0)
  for (let row = size - 1; row >= 0; row--) {
    let rest = rows[row]![size]!
    for (let at = row + 1; at < size; at++) rest -= rows[row]![at]! * solution[at]!
    solution[row] = rest / rows[row]![row]!
  }
  return solution
}
