const caseless = (unit: string): string => unit.replace(/[a-z]/g, letter => `[${letter}${letter.toUpperCase()}]`)

const amount = (...units: string[]): string => `^\\s*\\+?[0-9.]+\\s*(${units.map(caseless).join('|')})\\s*$`

/** The text forms as the loader reads them: any case, a space before the unit. JSON Schema knows no flags. */
export const EDITOR_PATTERNS = {
  duration: amount('us', 'ms', 's', 'm', 'h', 'd'),
  size: amount('b', 'kb', 'mb', 'gb'),
  rate: `^\\s*\\+?[0-9.]+\\s*/\\s*(${['s', 'm', 'h'].map(caseless).join('|')})\\s*$`,
  ratio: '^\\s*\\+?[0-9.]+\\s*%\\s*$',
} as const

/** A string that takes something from the environment. */
export const VARIABLE_PATTERN = '\\$\\{'

/** A kind or tactic given by path. */
export const MODULE_PATH_PATTERN = '^\\.{0,2}/'
