import type { Percentiles } from '../../result.ts'

/**
 * A distribution in the text format of HdrHistogram (G. Tene, `outputPercentileDistribution`), in milliseconds, for the tools
 * that draw it. A standard deviation was not recorded, so the line has none.
 */
export function hgrmText({ count, mean, max, curve }: Percentiles): string {
  const head = `${'Value'.padStart(12)} ${'Percentile'.padStart(14)} ${'TotalCount'.padStart(10)} ${'1/(1-Percentile)'.padStart(14)}\n\n`
  const [first] = curve
  const points = first ? [[0, first[1], first[2]] as const, ...curve] : []
  const rows = points.map(([ratio, valueMs, upTo]) => row(ratio, valueMs, upTo)).join('')
  const meanText = (mean ?? 0).toFixed(3).padStart(12)
  const maxText = (max ?? 0).toFixed(3).padStart(12)
  return `${head}${rows}#[Mean    = ${meanText}]\n#[Max     = ${maxText}, Total count    = ${String(count).padStart(12)}]\n`
}

function row(ratio: number, valueMs: number, upTo: number): string {
  const start = `${valueMs.toFixed(3).padStart(12)} ${ratio.toFixed(12)} ${String(upTo).padStart(10)}`
  // Nothing lies above the largest value, so the last column has no number there.
  return ratio >= 1 ? `${start}\n` : `${start} ${(1 / (1 - ratio)).toFixed(2).padStart(14)}\n`
}
