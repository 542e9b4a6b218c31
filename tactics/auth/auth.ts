import {
  type Clock,
  defineTactic,
  Lru,
  type Reply,
  type Request,
  SingleFlight,
  type TacticContext,
  type Wrap,
} from '@archlab/runtime/kit'
import { isKeyProblem, publicKey, publishedKey, secretKey, type VerificationKey } from './keys.ts'
import { refusals } from './refusals.ts'
import { remoteVerify } from './remote.ts'
import { type AuthSettings, check, settings } from './settings.ts'
import { simulatedVerify } from './simulated.ts'
import { readToken } from './token.ts'
import type { Verdict, Verify } from './verdict.ts'

const counters = {
  allowed: 'Requests with a good token.',
  rejected: 'Requests without a good token.',
  failed: 'Requests whose token could not be checked.',
  asked: 'Checks made: questions to the login component, or signatures verified.',
  cached: 'Requests let in by a remembered verdict.',
} as const

type AuthContext = TacticContext<typeof settings, keyof typeof counters>

/** Lets requests with a good token pass, and no others. */
export default defineTactic({
  name: 'auth',
  summary: 'Lets requests with a good token pass and refuses the others.',
  about:
    'The token is a JWT in the Authorization field. verify: remote asks a login component for each request; verify: local ' +
    'checks the signature here with a secret, a key file, or the keys that the login component publishes. verdict-ttl ' +
    'remembers good verdicts, which makes both cheap; a token that is revoked meanwhile stays good for that long. ' +
    'Concurrent checks of one token are joined. When the login component does not answer, nobody is let in: the reply is ' +
    '503. Bad verdicts are never remembered. The Authorization field is passed on.',
  realises: 'authenticate actors',
  settings,
  counters,
  example: '- auth: { verify: remote, with: login }',
  check,
  model: ({ verify, verdictTtlMs }) =>
    verify === 'local'
      ? []
      : verdictTtlMs > 0
        ? [{ type: 'unmodelled', why: 'how often a remembered verdict saves the question is not known' }]
        : [{ type: 'ask', setting: 'with', method: 'POST', path: '/validate_token', failure: 503 }],

  create: async context => judging(context, await verifier(context)),
  simulate: context =>
    judging(context, context.settings.verify === 'local' ? simulatedVerify(context) : askingVerify(context)),
})

function judging(context: AuthContext, verify: Verify): Wrap {
  const { settings, clock, count, scope, reportOnly } = context
  const { allowed, rejected, failed, asked, cached } = count
  const replies = refusals(settings.reject, context.self.component, context.refuse)
  const verdicts = settings.verdictTtlMs > 0 ? rememberedVerdicts(context) : undefined
  const flights = new SingleFlight<Verdict>(clock)
  scope.defer(() => flights.close())
  const faults = onceLogged(context)

  /** The refusal, or `undefined` to let the request in. */
  const judge = (verdict: Verdict | undefined, authorization: string): Reply | undefined => {
    if (verdict?.kind === 'valid') {
      allowed.add()
      verdicts?.set(authorization, rememberUntilMs(verdict.expiresAtSeconds, settings, clock))
      return undefined
    }
    if (verdict === undefined || verdict.kind === 'unknown') {
      failed.add()
      return verdict?.reply ?? replies.unchecked
    }
    rejected.add()
    return replies[verdict.kind]
  }

  const decide = (
    request: Request,
    authorization: string | undefined,
  ): Reply | undefined | Promise<Reply | undefined> => {
    const token = readToken(authorization, settings.scheme)
    if (typeof token !== 'string') {
      rejected.add()
      return 'missing' in token ? replies.missing : replies.invalid
    }
    const unchecked = (error: unknown): Reply | undefined => {
      faults(error)
      return judge(undefined, authorization!)
    }
    try {
      const outcome = flights.run(token, request, cancellation => {
        asked.add()
        return verify(token, request, cancellation)
      })
      if (!(outcome instanceof Promise)) return judge(outcome, authorization!)
      return outcome.then(verdict => judge(verdict, authorization!), unchecked)
    } catch (error) {
      return unchecked(error)
    }
  }

  return next => request => {
    const authorization = request.header('authorization')
    if (verdicts !== undefined && authorization !== undefined) {
      const untilMs = verdicts.get(authorization)
      if (untilMs !== undefined && request.arrivedAtMs < untilMs) {
        allowed.add()
        cached.add()
        return next(request)
      }
    }
    const refusal = decide(request, authorization)
    if (refusal instanceof Promise) {
      return refusal.then(reply => (reply === undefined || reportOnly ? next(request) : reply))
    }
    return refusal === undefined || reportOnly ? next(request) : refusal
  }
}

/** Good verdicts: until when, by the Authorization field. Only how a refusal looks says nothing about them. */
function rememberedVerdicts({ settings, link, readText, keep }: AuthContext): Lru<number> {
  const { reject: _, maxVerdicts, ...rest } = settings
  const key = settings.keyFile === undefined ? link('with')?.published : readText(settings.keyFile)
  const verdicts = keep('verdicts', { rest, key }, () => new Lru<number>(maxVerdicts))
  verdicts.resize(maxVerdicts)
  return verdicts
}

/** When a good verdict is to be forgotten, on the lab's clock. */
function rememberUntilMs(expiresAtSeconds: number, { verdictTtlMs }: AuthSettings, clock: Clock): number {
  const leftMs = expiresAtSeconds * 1000 - clock.wallMs()
  return clock.nowMs() + Math.min(verdictTtlMs, leftMs)
}

async function verifier(context: AuthContext): Promise<Verify> {
  const { settings, clock } = context
  if (settings.verify === 'local') {
    // Loaded only here: the library for signatures takes longer to load than the rest of a replica.
    const { localVerify } = await import('./local.ts')
    return localVerify(localKey(context), settings.clockToleranceMs, clock)
  }
  return askingVerify(context)
}

function askingVerify(context: AuthContext): Verify {
  const { settings } = context
  const link = context.link('with')
  if (!link) throw new Error('auth with verify: remote needs the setting with')
  return remoteVerify(link, settings.with ?? link.name, settings.verdictTtlMs > 0, context.refuse)
}

function localKey({ settings, link, readText }: AuthContext): VerificationKey {
  const { secret, keyFile, algorithm, issuer } = settings
  if (secret !== undefined) return secretKey(secret, issuer)
  if (keyFile !== undefined) {
    const key = publicKey(readText(keyFile), algorithm, issuer)
    if (isKeyProblem(key)) throw new Error(`auth: ${keyFile}: ${key.message}; ${key.hint}`)
    return key
  }
  const key = publishedKey(link('with')?.published, issuer)
  if (!key) {
    throw new Error(
      `auth: the component "${settings.with}" publishes no keys to check tokens with; name a login component`,
    )
  }
  if (algorithm !== undefined && algorithm !== key.algorithm) {
    throw new Error(`auth: "${settings.with}" signs with ${key.algorithm}, but algorithm says ${algorithm}`)
  }
  return key
}

/** Logs the first fault of the check only: a fault that meets every request must not flood the log. */
function onceLogged({ log }: AuthContext): (error: unknown) => void {
  let told = false
  return error => {
    if (told) return
    told = true
    log.error('auth-check-failed', { error: error instanceof Error ? error.message : String(error) })
  }
}
