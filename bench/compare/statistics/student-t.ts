/** P(T ≤ t) of Student's distribution with a whole number of degrees of freedom (Abramowitz and Stegun, 26.7.3 and 26.7.4). */
export function studentCdf(t: number, degrees: number): number {
  const angle = Math.atan(t / Math.sqrt(degrees))
  const [sine, cosine] = [Math.sin(angle), Math.cos(angle)]
  const isOdd = degrees % 2 === 1
  let term = isOdd ? cosine : 1
  let series = degrees === 1 ? 0 : term
  for (let k = isOdd ? 3 : 2; k < degrees; k += 2) {
    term *= ((k - 1) / k) * cosine * cosine
    series += term
  }
  const between = isOdd ? (2 / Math.PI) * (angle + sine * series) : sine * series
  return (1 + between) / 2
}

const LARGEST = 1e6
const HALVINGS = 80

/** The value below which T stays with this probability (0 to 1, both excluded), by bisection. */
export function studentQuantile(probability: number, degrees: number): number {
  let [low, high] = [-LARGEST, LARGEST]
  for (let halving = 0; halving < HALVINGS; halving++) {
    const middle = (low + high) / 2
    if (studentCdf(middle, degrees) < probability) low = middle
    else high = middle
  }
  return (low + high) / 2
}
