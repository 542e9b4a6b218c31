import {
  type CheckContext,
  choice,
  component,
  type Decoded,
  duration,
  integer,
  type SettingProblem,
  secret,
  text,
} from '@archlab/runtime/kit'
import { isKeyProblem, publicKey, SECRET_BYTES_MIN, SIGNATURE_ALGORITHMS } from './keys.ts'

export const settings = {
  verify: choice(['remote', 'local'], {
    default: 'remote',
    doc: 'Who checks a token: remote asks the component `with`; local checks it here, asking nobody.',
  }),
  with: component({
    optional: true,
    doc: 'The login component that is asked (remote), or whose published keys are used (local).',
  }),
  scheme: choice(['bearer', 'raw'], {
    default: 'bearer',
    doc: 'bearer: Authorization: Bearer TOKEN. raw: also the bare token.',
  }),
  reject: choice([401, 403], { default: 401, doc: 'Status of a refusal; 401 carries WWW-Authenticate.' }),
  algorithm: choice(SIGNATURE_ALGORITHMS, {
    optional: true,
    doc: 'local: the one algorithm accepted. It follows from the key where it is not given.',
  }),
  secret: secret({ optional: true, doc: 'local, HS256: the shared secret, at least 32 bytes.' }),
  'key-file': text({
    optional: true,
    doc: 'local: file with the public key in PEM form, relative to the topology file.',
  }),
  issuer: text({
    optional: true,
    doc: 'local: what the iss claim must say (default: the issuer that `with` publishes, else anything).',
  }),
  'clock-tolerance': duration({ default: '0ms', doc: 'local: how far clocks may differ when exp and nbf are judged.' }),
  'verdict-ttl': duration({
    default: '0ms',
    doc: 'How long a good verdict is remembered per token, never beyond its exp; 0ms checks every request.',
  }),
  'max-verdicts': integer({ min: 1, max: 1_000_000, default: 10_000, unit: 'tokens', doc: 'Verdicts remembered.' }),
} as const

export type AuthSettings = Decoded<typeof settings>

/** Mistakes between settings. */
export function check(one: AuthSettings, context: CheckContext): SettingProblem[] {
  return one.verify === 'remote' ? checkRemote(one) : checkLocal(one, context)
}

function checkRemote(one: AuthSettings): SettingProblem[] {
  const problems: SettingProblem[] = []
  if (one.with === undefined) {
    problems.push({ path: [], message: 'verify: remote needs the component to ask', hint: 'write with: login' })
  }
  const unread = { algorithm: one.algorithm, secret: one.secret, 'key-file': one.keyFile, issuer: one.issuer }
  for (const [name, value] of Object.entries(unread)) {
    if (value === undefined) continue
    problems.push({ path: [name], message: `${name} is only read with verify: local`, hint: 'write verify: local' })
  }
  return problems
}

function checkLocal(one: AuthSettings, context: CheckContext): SettingProblem[] {
  const given = [one.secret && 'secret', one.keyFile && 'key-file', one.with && 'with'].filter(Boolean)
  if (given.length === 0) {
    return [
      {
        path: [],
        message: 'verify: local needs a key',
        hint: 'write with: login to use the keys of a login component, or secret, or key-file',
      },
    ]
  }
  if (given.length > 1) {
    return [{ path: [given[1]!], message: `${given.join(' and ')} each name a key`, hint: 'keep one of them' }]
  }
  if (one.secret !== undefined) return checkSecret(one)
  return one.keyFile === undefined ? [] : checkKeyFile(one.keyFile, one, context)
}

function checkSecret({ secret: value = '', algorithm = 'HS256' }: AuthSettings): SettingProblem[] {
  const problems: SettingProblem[] = []
  if (algorithm !== 'HS256') {
    problems.push({ path: ['algorithm'], message: `${algorithm} has no shared secret`, hint: 'write key-file instead' })
  }
  if (Buffer.byteLength(value) < SECRET_BYTES_MIN) {
    problems.push({
      path: ['secret'],
      message: `the secret has fewer than ${SECRET_BYTES_MIN} bytes`,
      hint: 'openssl rand -base64 32 makes a good one',
    })
  }
  return problems
}

function checkKeyFile(path: string, { algorithm }: AuthSettings, context: CheckContext): SettingProblem[] {
  if (algorithm === 'HS256') {
    return [{ path: ['algorithm'], message: 'HS256 has no public key', hint: 'write secret instead of key-file' }]
  }
  let pem: string
  try {
    pem = context.readText(path)
  } catch {
    return [
      {
        path: ['key-file'],
        message: `the file "${path}" cannot be read`,
        hint: 'the path is relative to the topology file',
      },
    ]
  }
  const key = publicKey(pem, algorithm, undefined)
  return isKeyProblem(key) ? [{ path: ['key-file'], message: key.message, hint: key.hint }] : []
}
