import { Moments } from './moments.ts'
import type { Quantiles } from './quantiles.ts'

/** How much a summary remembers. */
export interface SummaryLimits {
  /** Fields, those of numbers and those of texts each. */
  readonly fieldsMax: number
  /** Different texts of a field. */
  readonly valuesMax: number
}

/** Of the numbers of a field. */
export interface NumberSummary {
  readonly count: number
  readonly mean: number
  readonly min: number
  readonly max: number
  /** Of a sample; `null` for a single number. */
  readonly stddev: number | null
  readonly p50: number
  readonly p95: number
  readonly p99: number
}

/** Of the texts of a field. */
export interface TextSummary {
  readonly count: number
  /** How often each came: the most frequent first, but those that look like a whole number before all others. */
  readonly values: Readonly<Record<string, number>>
  /** Those that are not listed: different ones beyond the limit, and long ones. */
  readonly others: number
}

/** What is known of records. */
export interface SummaryDocument {
  readonly records: number
  readonly numbers: Readonly<Record<string, NumberSummary>>
  readonly texts: Readonly<Record<string, TextSummary>>
  /** Values of fields beyond the limit, or with too long a name. */
  readonly dropped: number
  /** Values that are neither number, text, true nor false. */
  readonly ignored: number
}

/** Longer names of fields, and longer texts, are not remembered. */
const CHARACTERS_MAX = 200

interface Numbers {
  readonly moments: Moments
  readonly quantiles: Quantiles
}

interface Texts {
  count: number
  others: number
  readonly values: Map<string, number>
}

/** A summary of records that grows with each of them, in bounded memory if its quantiles are. */
export class Summary {
  readonly #limits: SummaryLimits
  readonly #makeQuantiles: () => Quantiles
  readonly #numbers = new Map<string, Numbers>()
  readonly #texts = new Map<string, Texts>()
  #records = 0
  #dropped = 0
  #ignored = 0

  constructor(limits: SummaryLimits, makeQuantiles: () => Quantiles) {
    this.#limits = limits
    this.#makeQuantiles = makeQuantiles
  }

  get dropped(): number {
    return this.#dropped
  }

  get ignored(): number {
    return this.#ignored
  }

  /** Fields known, those of numbers and those of texts together. */
  get fields(): number {
    return this.#numbers.size + this.#texts.size
  }

  /** Takes a record in: numbers, and texts (`true` and `false` are some) by field. */
  add(record: Readonly<Record<string, unknown>>): void {
    this.#records += 1
    for (const name of Object.keys(record)) this.#take(name, record[name])
  }

  /** Takes a record of one field with several numbers in. */
  addNumbers(name: string, values: readonly number[]): void {
    this.#records += 1
    for (const value of values) this.#take(name, value)
  }

  document(): SummaryDocument {
    return {
      records: this.#records,
      numbers: Object.fromEntries([...this.#numbers].map(([name, one]) => [name, numberSummary(one)])),
      texts: Object.fromEntries([...this.#texts].map(([name, one]) => [name, textSummary(one)])),
      dropped: this.#dropped,
      ignored: this.#ignored,
    }
  }

  #take(name: string, value: unknown): void {
    // JSON has no NaN, but 1e999 is read as infinite.
    if (typeof value === 'number' && Number.isFinite(value)) {
      const numbers = this.#field(this.#numbers, name, () => ({
        moments: new Moments(),
        quantiles: this.#makeQuantiles(),
      }))
      numbers?.moments.add(value)
      numbers?.quantiles.add(value)
    } else if (typeof value === 'string' || typeof value === 'boolean') {
      const texts = this.#field(this.#texts, name, () => ({ count: 0, others: 0, values: new Map() }))
      if (texts) this.#count(texts, String(value))
    } else this.#ignored += 1
  }

  #field<Field>(known: Map<string, Field>, name: string, make: () => Field): Field | undefined {
    let field = known.get(name)
    if (field !== undefined) return field
    if (known.size >= this.#limits.fieldsMax || name.length > CHARACTERS_MAX) {
      this.#dropped += 1
      return undefined
    }
    field = make()
    known.set(name, field)
    return field
  }

  #count(texts: Texts, value: string): void {
    texts.count += 1
    const before = texts.values.get(value)
    if (before !== undefined) texts.values.set(value, before + 1)
    else if (texts.values.size < this.#limits.valuesMax && value.length <= CHARACTERS_MAX) texts.values.set(value, 1)
    else texts.others += 1
  }
}

const RATIOS = [0.5, 0.95, 0.99]

function numberSummary({ moments, quantiles }: Numbers): NumberSummary {
  const { count, mean, min, max, standardDeviation: stddev } = moments
  // A sketch reads a number back a little off, which must not lead beyond the extremes.
  const [p50, p95, p99] = quantiles.at(RATIOS).map(value => Math.min(max, Math.max(min, value))) as [
    number,
    number,
    number,
  ]
  return { count, mean, min, max, stddev, p50, p95, p99 }
}

function textSummary({ count, values, others }: Texts): TextSummary {
  const frequent = [...values].sort(([, a], [, b]) => b - a)
  return { count, values: Object.fromEntries(frequent), others }
}
