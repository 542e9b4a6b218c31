import { withoutPasswords } from './passwords.ts'

const WORDS = 'password|passwd|passphrase|secret|api[_-]?key|private[_-]?key|credentials?|authorization|cookie'
const NAME = new RegExp(`(?:${WORDS}|(?<![\\w-])hash)$`, 'i')
/** A value on one line behind such a name, in YAML, JSON or `path=value`; what takes a variable is left as it is. */
const VALUE = new RegExp(
  `((?:${WORDS}|(?<![\\w-])hash)["']?[ \\t]*[:=][ \\t]*(?:\\[[ \\t]*)?)(?!["']?\\$\\{)` +
    `("(?:[^"\\\\\\n]|\\\\.)*"?|'[^'\\n]*'?|[^\\s,{}[\\]"'#&*][^,{}\\[\\]\\n]*)`,
  'gi',
)

/**
 * True when what stands under this name, or this path, is taken for a secret wherever nobody declares what it is: in bodies of
 * requests, header fields and patches.
 */
export const soundsSecret = (name: string): boolean => NAME.test(name)

/** The text of a file, or of a patch, as it may be shown: what is a secret by its name, and passwords of addresses, as asterisks. */
export function textWithoutSecrets(text: string): string {
  const hide = (_: string, before: string, value: string): string => before + '*'.repeat(value.length)
  return withoutPasswords(text.replace(VALUE, hide))
}
