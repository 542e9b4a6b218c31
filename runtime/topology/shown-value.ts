import { REDACTED } from './redact.ts'
import { soundsSecret, textWithoutSecrets } from './secret-names.ts'

/**
 * A JSON value as it may be shown where nobody knows what its parts are: what is a secret by its name reads `***`, and secrets in
 * patches and addresses read as asterisks.
 */
export function shownValue(value: unknown): unknown {
  if (typeof value === 'string') return textWithoutSecrets(value)
  if (Array.isArray(value)) return value.map(shownValue)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([key, inner]): [string, unknown] => [
    key,
    soundsSecret(key) && typeof inner === 'string' ? REDACTED : shownValue(inner),
  ])
  return Object.fromEntries(entries)
}
