/**
 * When a comparison that stops as soon as it can may look at its results, in runs of each arm. Every look is a test of its own
 * at an equal part of α, so the intervals of all looks together cover the truth with the confidence that they claim,
 * whatever makes somebody stop: repeated confidence intervals (C. Jennison and B. W. Turnbull, JRSS B 51, 1989) with
 * the error spent evenly (K. K. G. Lan and D. L. DeMets, Biometrika 70, 1983), added up by Bonferroni's inequality.
 */
export const LOOKS: readonly number[] = [10, 14, 20, 28, 40]

/** The part of α that one look may spend. */
export const alphaOfLook = (alpha: number): number => alpha / LOOKS.length
