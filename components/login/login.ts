import {
  type ComponentContext,
  choice,
  defineComponent,
  duration,
  type Endpoint,
  endpoints,
  group,
  type Handler,
  json,
  list,
  problem,
  Reply,
  readJson,
  secret,
  text,
} from '@archlab/runtime/kit'
import { checkSettings } from './check-settings.ts'
import { Gate } from './gate.ts'
import { ALGORITHMS, type KeyMaterial, keyMaterial } from './keys.ts'
import { DEFAULT_COST, decoy, type PasswordHash, parsePasswordHash, passwordFits } from './password.ts'
import { rememberedFits, simulatedTokens } from './simulated.ts'
import type { Tokens } from './tokens.ts'

/** Passwords checked at once: two leave half of libuv's four threads to the checks of tokens. */
const CHECKS_AT_ONCE = 2
const CHECKS_WAITING_MAX = 256
const NAME_CHARACTERS_MAX = 256
const PASSWORD_CHARACTERS_MAX = 1024

/** `user1` with the password `password123`. */
const DEFAULT_USER = {
  name: 'user1',
  hash: 'scrypt$16384$8$1$RbQN9Acvort3jKQXYWPAAQ$1NUlTBsRFPR45onEK7SJcBAhB87K-McH79uLLTOKzyY',
}

/** What `prepare` hands to the replicas. */
interface Prepared {
  material: KeyMaterial
}

const settings = {
  users: list(
    group(
      {
        name: text({ doc: 'What the user types as username.' }),
        hash: secret({ doc: 'Hash of the password, scrypt$N$r$p$salt$hash.' }),
      },
      { doc: 'A user.' },
    ),
    { doc: 'Who may log in. By default user1 with the password password123.', default: [DEFAULT_USER] },
  ),
  algorithm: choice(ALGORITHMS, { doc: 'How tokens are signed.', default: 'HS256' }),
  secret: secret({ doc: 'Shared secret of HS256, at least 32 bytes; generated when absent.', optional: true }),
  'key-file': text({
    doc: 'Private key in PEM for RS256, ES256 or EdDSA, relative to the topology file; generated when absent.',
    optional: true,
  }),
  'token-ttl': duration({ doc: 'How long a token is good.', default: '1h' }),
  issuer: text({
    doc: 'The claim "iss" of tokens; tokens of another issuer are refused.',
    default: 'archlab',
    pattern: '\\S',
  }),
} as const
const counters = {
  granted: 'Logins that got a token.',
  denied: 'Logins with a wrong name or password.',
  busy: 'Logins refused because too many were being checked.',
  valid: 'Tokens found good.',
  invalid: 'Tokens found expired or forged.',
} as const

/** Knows the users, issues tokens to them, and tells whether a token is good. */
export default defineComponent({
  kind: 'login',
  summary: 'Logs users in and issues signed tokens (JWT) that expire; tells whether a token is good.',
  about: `POST /login {"username","password"} answers {"token":…}, or 401 {"message":"Invalid credentials"}; an unknown user is
refused exactly like a wrong password, and after the same time. POST /validate_token {"token"} answers {"valid":true}
and "expiresAt" in seconds since 1970; 400 when the token is missing; 403 when it is expired, forged, or signed with
anything but this component's key and algorithm. GET /.well-known/jwks.json publishes the public key (RFC 7517; no key
with HS256, whose secret is shared with the tactics "auth: { verify: local }" of the lab only).

Without "secret" or "key-file" a key is generated at every start; all replicas share it. Passwords are stored as scrypt
hashes, scrypt$N$r$p$salt$hash. This makes one:

  node -e 'const c = require("node:crypto"), s = c.randomBytes(16); console.log(["scrypt", 16384, 8, 1, s.toString("base64url"), c.scryptSync(process.argv[1], s, 32).toString("base64url")].join("$"))' PASSWORD

At most ${CHECKS_AT_ONCE} passwords are checked at once and ${CHECKS_WAITING_MAX} wait; beyond that the reply is 503 with Retry-After. The tactic
"restrict-login: { match: POST /login }" makes accounts and addresses wait after failures.`,
  settings,
  counters,
  example: `login:
  kind: login
  port: 5009
  algorithm: ES256
  token-ttl: 15m
  users:
    - { name: user1, hash: ${DEFAULT_USER.hash} }
`,
  check: checkSettings,
  async prepare({ settings: { algorithm, issuer, secret, keyFile }, readText }) {
    const pem = keyFile === undefined ? undefined : readText(keyFile)
    const material = await keyMaterial(algorithm, secret, pem)
    const prepared: Prepared = { material }
    if (material.algorithm === 'HS256') {
      return { prepared, published: { algorithm, issuer, secret: material.secret } }
    }
    const { keySetOf } = await import('./tokens.ts')
    return { prepared, published: { algorithm, issuer, jwks: await keySetOf(material) } }
  },
  async create(context) {
    const { settings, clock } = context
    const { material } = context.prepared as Prepared
    // Loaded here, so that checking a topology does not load a cryptographic library.
    const { createTokens, keySetOf } = await import('./tokens.ts')
    const tokens = await createTokens(material, {
      issuer: settings.issuer,
      ttlMs: settings.tokenTtlMs,
      wallMs: () => clock.wallMs(),
    })
    return answers(context, { tokens, passwordFits, keySet: await keySetOf(material) })
  },
  simulate(context) {
    const { issuer, tokenTtlMs } = context.settings
    const tokens = simulatedTokens({ issuer, ttlMs: tokenTtlMs, wallMs: () => context.clock.wallMs() })
    return answers(context, { tokens, passwordFits: rememberedFits(), keySet: { keys: [] } })
  },
})

type LoginContext = ComponentContext<typeof settings, keyof typeof counters>

/** What the answers need of cryptography. */
interface Cryptography {
  readonly tokens: Tokens
  readonly passwordFits: (password: string, hash: PasswordHash) => Promise<boolean>
  /** The published keys, as JSON. */
  readonly keySet: unknown
}

function answers(context: LoginContext, { tokens, passwordFits, keySet: keys }: Cryptography): Handler {
  const { settings, count, self } = context
  const users = new Map(settings.users.map(({ name, hash }) => [name, readHash(hash)]))
  const nobody = decoy(users.values().next().value?.cost ?? DEFAULT_COST)
  const gate = new Gate(CHECKS_AT_ONCE, CHECKS_WAITING_MAX)

  const denied = context.refuse(401, 'http_request_denied', 'login', {
    extra: { message: 'Invalid credentials' },
    headers: { 'www-authenticate': `Bearer realm="${self.component}"` },
  })
  const busy = context.refuse(503, 'connection_limit_reached', 'login', {
    detail: 'Too many logins are being checked.',
    headers: { 'retry-after': '1' },
  })
  const gone = context.refuse(503, 'connection_terminated', 'login', { detail: 'The caller has gone.' })
  const invalid = context.refuse(403, 'http_request_denied', 'login', {
    extra: { error: 'Invalid or expired token' },
  })

  const login: Endpoint = request => {
    const body = readJson(request)
    if (body instanceof Reply) return body
    const name = member(body.value, 'username')
    const password = member(body.value, 'password')
    if (typeof name !== 'string' || typeof password !== 'string') return INCOMPLETE
    if (name.length > NAME_CHARACTERS_MAX || password.length > PASSWORD_CHARACTERS_MAX) return TOO_LONG
    const outcome = gate.run(async () => {
      if (request.cancellation.cancelled) return gone
      const hash = users.get(name)
      const fits = await passwordFits(password, hash ?? nobody)
      if (!fits || !hash) {
        count.denied.add()
        return denied
      }
      count.granted.add()
      return json(200, { token: await tokens.issue(name) }, { 'cache-control': 'no-store' })
    })
    if (outcome) return outcome
    count.busy.add()
    return busy
  }

  // One token is asked about again and again: its reply is at hand.
  let latest: { expiresAt: number; reply: Reply } = { expiresAt: Number.NaN, reply: invalid }
  const verdict = (expiresAt: number | undefined): Reply => {
    if (expiresAt === undefined) {
      count.invalid.add()
      return invalid
    }
    count.valid.add()
    if (latest.expiresAt !== expiresAt) latest = { expiresAt, reply: json(200, { valid: true, expiresAt }) }
    return latest.reply
  }

  const validate: Endpoint = request => {
    const body = request.body.length === 0 ? { value: undefined } : readJson(request)
    if (body instanceof Reply) return body
    const token = member(body.value, 'token')
    if (token === undefined || token === null || token === '') return TOKEN_MISSING
    if (typeof token !== 'string') return TOKEN_NO_TEXT
    const expiresAt = tokens.expiryOf(token)
    return expiresAt instanceof Promise ? expiresAt.then(verdict) : verdict(expiresAt)
  }

  const keySet = json(200, keys)
  return endpoints({
    'POST /validate_token': validate,
    'POST /login': login,
    'GET /.well-known/jwks.json': () => keySet,
  })
}

const INCOMPLETE = problem(400, {
  detail: 'Send {"username": …, "password": …}, both text.',
  extra: { message: 'Username or password is missing' },
})
const TOO_LONG = problem(400, {
  detail: `A username has at most ${NAME_CHARACTERS_MAX} characters, a password ${PASSWORD_CHARACTERS_MAX}.`,
  extra: { message: 'Username or password is too long' },
})
const TOKEN_MISSING = problem(400, { detail: 'Send {"token": …}.', extra: { error: 'Token is missing' } })
const TOKEN_NO_TEXT = problem(400, { detail: 'Send {"token": …}.', extra: { error: 'Token is not text' } })

/** An own member of a JSON object; `undefined` when it has none, or is no object. */
function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined
}

/** The check of the settings has refused malformed hashes before a replica starts. */
function readHash(hash: string): PasswordHash {
  const parsed = parsePasswordHash(hash)
  if (typeof parsed === 'string') throw new TypeError(parsed)
  return parsed
}
