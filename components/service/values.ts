/** Where something stands below the settings, e.g. `['script', 0, 'call']`. */
export type Path = readonly (string | number)[]

/** A mapping of YAML. */
export type Fields = Readonly<Record<string, unknown>>

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A value in words, for a message. */
export function wordsFor(value: unknown): string {
  if (value === null || value === undefined) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'a mapping'
  return typeof value === 'string'
    ? `the text "${value.length > 60 ? `${value.slice(0, 57)}...` : value}"`
    : String(value)
}
