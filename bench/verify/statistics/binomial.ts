/** From this variance on the normal distribution is as good. */
const NORMAL_FROM = 200

/** The fewest successes that so many trials stay within with this probability. */
export function binomialQuantile(trials: number, success: number, probability: number): number {
  const variance = trials * success * (1 - success)
  if (variance >= NORMAL_FROM) {
    const around = trials * success + normalQuantile(probability) * Math.sqrt(variance) - 0.5
    return Math.min(trials, Math.max(0, Math.ceil(around)))
  }
  // The rarer outcome is summed up: its first term does not vanish.
  return success > 0.5
    ? trials - least(trials, 1 - success, sum => sum > 1 - probability)
    : least(trials, success, sum => sum >= probability)
}

/** The least number whose cumulative probability suffices. */
function least(trials: number, success: number, suffices: (sum: number) => boolean): number {
  let term = (1 - success) ** trials
  let sum = term
  let count = 0
  while (!suffices(sum) && count < trials) {
    term *= ((trials - count) / (count + 1)) * (success / (1 - success))
    count += 1
    sum += term
  }
  return count
}

/** Quantile of the normal distribution, within 5e-4 (Abramowitz and Stegun, 26.2.23). */
function normalQuantile(probability: number): number {
  const tail = Math.min(probability, 1 - probability)
  const t = Math.sqrt(-2 * Math.log(tail))
  const top = 2.515517 + 0.802853 * t + 0.010328 * t * t
  const bottom = 1 + 1.432788 * t + 0.189269 * t * t + 0.001308 * t * t * t
  const size = t - top / bottom
  return probability < 0.5 ? -size : size
}

/** Whether so many successes or more come by chance in less than one of so many cases. */
export function isRare(successes: number, trials: number, success: number, level: number): boolean {
  return successes > binomialQuantile(trials, Math.min(1, success), 1 - level)
}
