import type { ValidityCheck } from '../result.ts'

type Figures = ValidityCheck['figures']

/** A check that says whether something holds. */
export function checked(name: string, holds: boolean, explanation: string, figures: Figures): ValidityCheck {
  return { name, verdict: holds ? 'passed' : 'failed', explanation, figures }
}

/** A check that has nothing to say of this run, and why. */
export function notApplicable(name: string, explanation: string, figures: Figures = {}): ValidityCheck {
  return { name, verdict: 'not applicable', explanation, figures }
}

/** A duration in the unit in which it reads best, with three digits: `0.31 ms`, `12 s`. */
export function duration(ms: number): string {
  return Math.abs(ms) >= 1000 ? `${digits(ms / 1000)} s` : `${digits(ms)} ms`
}

/** A share as a percentage with three digits: `0.5 %`. */
export function percentage(share: number): string {
  return share > 0 && share < 1e-5 ? 'less than 0.001 %' : `${digits(share * 100)} %`
}

/** A number of things: `60,000`. */
export const count = (value: number): string => Math.round(value).toLocaleString('en-US')

/** Three digits of a number, without needless zeros. */
export const digits = (value: number): string =>
  Math.abs(value) >= 1000 ? count(value) : String(Number(value.toPrecision(3)))

/** `one request`, `2 requests`. */
export const plural = (value: number, one: string, many = `${one}s`): string =>
  value === 1 ? `one ${one}` : `${count(value)} ${many}`
