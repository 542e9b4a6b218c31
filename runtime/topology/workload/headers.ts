import { isSecret, noteSecret } from '../resolve/secrets.ts'
import { soundsSecret } from '../secret-names.ts'
import { describe, type Scalar, type Tree } from '../tree.ts'
import type { Block } from './block.ts'

/** A field name (RFC 9110 §5.6.2). */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
/** A field value (RFC 9110 §5.5) of visible ASCII, blanks only inside. */
const VALUE = /^([!-~]([\t -~]*[!-~])?)?$/
const VALUE_LENGTH_MAX = 8000

/** Fields that say where a message goes and where it ends (RFC 9110 §7.2, §8.6; of the connection: §7.6.1). */
const RESERVED: ReadonlySet<string> = new Set([
  'host',
  'content-length',
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** `headers:` of a request or a login. What is wrong is told and left out; values are never quoted. */
export function resolveHeaders(block: Block, options: { hasToken: boolean }): Record<string, string> {
  const entry = block.entry('headers')
  if (!entry) return {}
  if (entry.value.type !== 'mapping') {
    block.fail(
      'TOPOLOGY_WRONG_TYPE',
      'headers',
      `must be a mapping, not ${describe(entry.value)}`,
      'write headers: { X-Mine: text }',
    )
    return {}
  }
  const fields: Record<string, string> = {}
  const known = new Set<string>()
  for (const [name, { keySpan, value }] of entry.value.entries) {
    const { problems, secrets } = block.scope
    const path = `${block.path}.headers.${name}`
    const key = name.toLowerCase()
    if (soundsSecret(key)) value.span.source.mask(value.span.start, value.span.end)
    const fault = nameFault(name, known, options)
    known.add(key)
    if (fault) problems.error(fault.code, keySpan, path, fault.message, fault.hint)
    const wrong = valueFault(value)
    if (wrong) {
      const span = value.span.end > value.span.start ? value.span : keySpan
      problems.error(wrong.code, span, path, wrong.message, wrong.hint)
    }
    if (fault || wrong) continue
    fields[name] = String((value as Scalar).value)
    if (soundsSecret(key) || isSecret(value)) noteSecret(secrets, fields, name)
  }
  return fields
}

interface Fault {
  code:
    | 'TOPOLOGY_WRONG_TYPE'
    | 'TOPOLOGY_BAD_FORMAT'
    | 'TOPOLOGY_DUPLICATE_KEY'
    | 'TOPOLOGY_HEADER_RESERVED'
    | 'TOPOLOGY_SETTINGS_CONFLICT'
  message: string
  hint: string
}

function nameFault(name: string, known: ReadonlySet<string>, { hasToken }: { hasToken: boolean }): Fault | undefined {
  const key = name.toLowerCase()
  if (!TOKEN.test(name)) {
    const message = `"${name.slice(0, 60)}" cannot name a header field`
    return { code: 'TOPOLOGY_BAD_FORMAT', message, hint: "letters, digits and any of !#$%&'*+-.^_`|~" }
  }
  if (RESERVED.has(key)) {
    const message = `"${name}" is set by the load generator itself`
    return { code: 'TOPOLOGY_HEADER_RESERVED', message, hint: 'leave it out' }
  }
  if (known.has(key)) {
    const message = `the field "${name}" is there twice: the case of letters does not count`
    return { code: 'TOPOLOGY_DUPLICATE_KEY', message, hint: 'remove one of them; several values stand in one, a, b' }
  }
  if (hasToken && key === 'authorization') {
    const message = `"${name}" is what the token of the login is sent in`
    return { code: 'TOPOLOGY_SETTINGS_CONFLICT', message, hint: 'leave it out, or the login' }
  }
  return undefined
}

function valueFault(value: Tree): Fault | undefined {
  if (value.type !== 'scalar' || typeof value.value !== 'string') {
    const plain = value.type === 'scalar' && value.value !== null
    const hint = plain ? 'put it in quotes' : 'write headers: { X-Mine: text }'
    const what = plain ? `a ${typeof value.value}` : describe(value)
    return { code: 'TOPOLOGY_WRONG_TYPE', message: `must be text, not ${what}`, hint }
  }
  if (VALUE.test(value.value) && value.value.length <= VALUE_LENGTH_MAX) return undefined
  const message = 'is no value of a header field'
  const hint = `visible ASCII characters, blanks only between them, at most ${VALUE_LENGTH_MAX}`
  return { code: 'TOPOLOGY_BAD_FORMAT', message, hint }
}
