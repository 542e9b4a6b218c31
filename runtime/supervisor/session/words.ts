import type { Distribution } from '../../kit/index.ts'
import type { Operation } from '../../topology/environment-spec.ts'

/** An operation in the words of `environment:`, without its time. JSON-serialisable; `parseOperation` reads it. */
export type Words = Readonly<Record<string, unknown>>

/** An operation as somebody would write it. */
export function wordsOf(operation: Operation): Words {
  if (operation.action === 'edit') return { edit: operation.patches }
  const { action, target, ...settings } = operation
  const words = Object.entries(settings).flatMap(([name, value]) => (value === null ? [] : [wordOf(name, value)]))
  return { [action]: target, ...Object.fromEntries(words) }
}

/** The name says what its value is: `forMs`, `sizeBytes`, `ratio`. */
function wordOf(name: string, value: unknown): readonly [string, unknown] {
  if (typeof value === 'object') return [name, distribution(value as Distribution)]
  if (typeof value !== 'number') return [name, value]
  if (name === 'ratio') return [name, `${plain(value * 100)}%`]
  if (name.endsWith('Ms')) return [name.slice(0, -2), ms(value)]
  if (name.endsWith('Bytes')) return [name.slice(0, -5), `${plain(value)}b`]
  return [name, value]
}

function distribution(of: Distribution): unknown {
  switch (of.type) {
    case 'constant':
      return ms(of.valueMs)
    case 'exponential':
      return { exponential: ms(of.meanMs) }
    case 'uniform':
      return { uniform: [ms(of.minMs), ms(of.maxMs)] }
    case 'erlang':
      return { erlang: { k: of.k, mean: ms(of.meanMs) } }
    default:
      return { [of.type]: { mean: ms(of.meanMs), cv: of.cv } }
  }
}

const ms = (value: number): string => `${plain(value)}ms`

/** Digits after the point: nanoseconds of milliseconds. Units are written without exponents. */
const DIGITS = 6

const plain = (value: number): string => value.toFixed(DIGITS).replace(/\.?0+$/, '')
