import { parseArgs } from 'node:util'

/** One option of a benchmark's command line. */
export type Option =
  | { readonly type: 'flag'; readonly doc: string }
  | { readonly type: 'words'; readonly doc: string; readonly default?: readonly string[] }
  | { readonly type: 'file'; readonly doc: string }
  | {
      readonly type: 'integer'
      readonly doc: string
      readonly default: number
      readonly min: number
      readonly max: number
    }

type Value<O> = O extends { type: 'flag' }
  ? boolean
  : O extends { type: 'integer' }
    ? number
    : O extends { type: 'file' }
      ? string | undefined
      : readonly string[]

/** Wrong usage; its message is all the user needs. */
export class UsageError extends Error {}

/**
 * Reads a benchmark's command line. `words` are comma-separated and may be given again. Throws a UsageError for an
 * unknown option, a number that is not whole or out of range, and anything that is not an option.
 */
export function parseOptions<const T extends Readonly<Record<string, Option>>>(
  options: T,
  args: readonly string[],
): { readonly [K in keyof T]: Value<T[K]> } {
  const config = Object.fromEntries(
    Object.entries(options).map(([name, option]) => [
      name,
      option.type === 'flag' ? { type: 'boolean' as const } : { type: 'string' as const, multiple: true as const },
    ]),
  )
  let values: Record<string, unknown>
  try {
    values = parseArgs({ args: [...args], options: config, strict: true, allowPositionals: false }).values
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
  return Object.fromEntries(
    Object.entries(options).map(([name, option]) => [name, decode(name, option, values[name])]),
  ) as { [K in keyof T]: Value<T[K]> }
}

function decode(name: string, option: Option, raw: unknown): unknown {
  if (option.type === 'flag') return raw === true
  const texts = (raw as string[] | undefined) ?? []
  if (option.type === 'words') {
    const words = texts
      .flatMap(text => text.split(','))
      .map(word => word.trim())
      .filter(word => word !== '')
    return texts.length > 0 ? words : (option.default ?? [])
  }
  const text = texts.at(-1)
  if (option.type === 'file') return text
  if (text === undefined) return option.default
  const number = Number(text)
  if (text.trim() === '' || !Number.isInteger(number) || !(number >= option.min && number <= option.max)) {
    throw new UsageError(`--${name} must be a whole number from ${option.min} to ${option.max}, not "${text}"`)
  }
  return number
}

/** The text of `--help`. */
export function helpText(usage: string, about: string, options: Readonly<Record<string, Option>>): string {
  const lines = Object.entries(options).map(([name, option]) => {
    const value =
      option.type === 'flag' ? '' : option.type === 'integer' ? ' N' : option.type === 'file' ? ' FILE' : ' LIST'
    const preset =
      option.type === 'integer'
        ? ` (default ${option.default})`
        : option.type === 'words' && option.default
          ? ` (default ${option.default.join(',')})`
          : ''
    return `  --${`${name}${value}`.padEnd(18)} ${option.doc}${preset}`
  })
  return `usage: ${usage}\n\n${about}\n\noptions:\n${lines.join('\n')}\n`
}
