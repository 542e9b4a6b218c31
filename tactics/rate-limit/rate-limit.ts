import {
  choice,
  type Decoded,
  defineTactic,
  duration,
  headerAppend,
  integer,
  type Request,
  type SettingProblem,
  text,
  type Wrap,
  whenReplied,
} from '@archlab/runtime/kit'
import { ALGORITHM_NAMES, ALGORITHMS } from './algorithms.ts'
import { KeyedLimiter } from './keyed-limiter.ts'
import type { Limit, Limiter } from './limiter.ts'
import { LockedLimiter, lockedBytes } from './locked-limiter.ts'
import { limitField, policyField, refusals } from './refusals.ts'
import { KEY_PATTERN, requestKey } from './request-key.ts'

const settings = {
  max: integer({ min: 1, max: 1_000_000, unit: 'requests', doc: 'How many requests are admitted per window.' }),
  per: duration({ default: '60s', doc: 'Length of the window, at least 1ms.' }),
  algorithm: choice(ALGORITHM_NAMES, {
    default: 'sliding-log',
    doc: 'How requests are counted; sliding-log is exact, the others need less memory or smooth the traffic.',
  }),
  burst: integer({
    min: 0,
    max: 1_000_000,
    unit: 'requests',
    optional: true,
    doc: 'token-bucket: size of the bucket (default: max). gcra: how many may come at once beyond the first (default: max - 1).',
  }),
  key: text({
    default: 'none',
    pattern: KEY_PATTERN,
    doc: 'What has a limit of its own: none (one limit for all), ip, path, header:NAME, or claim:NAME of the bearer token.',
  }),
  'max-keys': integer({
    min: 1,
    max: 1_000_000,
    unit: 'keys',
    default: 10_000,
    doc: 'Keys remembered; beyond that the one used longest ago is forgotten.',
  }),
  headers: choice(['rejected', 'all'], {
    default: 'rejected',
    doc: 'Which replies carry RateLimit and RateLimit-Policy: refusals only, or every reply.',
  }),
} as const

type RateLimitSettings = Decoded<typeof settings>

const PER_MIN_MS = 1

function limitOf({ max, perMs, burst, algorithm }: RateLimitSettings): Limit {
  return { max, perMs, burst: burst ?? ALGORITHMS[algorithm].defaultBurst(max) }
}

function check({ perMs, burst, algorithm }: RateLimitSettings): SettingProblem[] {
  const problems: SettingProblem[] = []
  if (perMs < PER_MIN_MS) problems.push({ path: ['per'], message: 'per must be at least 1ms' })
  if (burst === undefined) return problems
  if (algorithm !== 'token-bucket' && algorithm !== 'gcra') {
    problems.push({
      path: ['burst'],
      message: `${algorithm} has no burst`,
      hint: 'remove burst, or choose algorithm: token-bucket or gcra',
    })
  } else if (algorithm === 'token-bucket' && burst === 0) {
    problems.push({ path: ['burst'], message: 'a bucket of size 0 admits nothing', hint: 'write burst: 1 or more' })
  }
  return problems
}

/** What the meaning of what is counted depends on. */
const windowOf = (one: RateLimitSettings): unknown => ({ algorithm: one.algorithm, limit: limitOf(one) })

/** Admits at most `max` requests per `per` and answers the others 429. */
export default defineTactic({
  name: 'rate-limit',
  summary: 'Admits at most so many requests per window and answers the others 429.',
  about:
    'Each replica counts for itself: 120 per 60s on two replicas admits 240. With scope: component all replicas of a host ' +
    'share one strict count (only without key). sliding-log remembers up to max times of 8 bytes per key. sliding-counter, ' +
    'token-bucket, gcra and fixed-window need a few numbers: sliding-counter estimates the window, token-bucket and gcra ' +
    'let a burst pass and then space requests evenly, fixed-window can admit twice max around the edge of two windows. ' +
    'claim:NAME reads the bearer token without verifying it, so place it inside auth. Requests that lack the key (no such ' +
    'header, no token) share one limit.',
  realises: 'manage work requests',
  settings,
  counters: {
    allowed: 'Requests admitted.',
    rejected: 'Requests over the limit.',
    keys_dropped: 'Keys forgotten because the table was full.',
  },
  example: '- rate-limit: { max: 120, per: 60s }',
  check,
  model(one) {
    const { max, perMs, burst } = limitOf(one)
    const keyed = one.key !== 'none'
    const limit = { type: 'limit', max, perMs, status: 429, keyed } as const
    switch (one.algorithm) {
      case 'token-bucket':
        return [{ ...limit, shape: 'bucket', burst }]
      case 'gcra':
        // It lets so many come at once beyond the first.
        return [{ ...limit, shape: 'bucket', burst: burst + 1 }]
      case 'fixed-window':
        return [{ ...limit, shape: 'fixed-window', burst: max }]
      // The counter estimates what the log knows.
      case 'sliding-counter':
      case 'sliding-log':
        return [{ ...limit, shape: 'sliding-window', burst: max }]
    }
  },
  sharedBytes: one => (one.key === 'none' ? lockedBytes(one.algorithm, limitOf(one)) : 0),
  sharedLayout: windowOf,

  create({ settings, count, shared, reportOnly, refuse, keep }): Wrap {
    const { allowed, rejected, keys_dropped: keysDropped } = count
    const limit = limitOf(settings)
    const refusal = refusals(limit, refuse)
    const keyOf = requestKey(settings.key)
    if (shared && keyOf) throw new Error('rate-limit with scope: component needs key: none')
    const window = windowOf(settings)
    const create = (): Limiter => ALGORITHMS[settings.algorithm].create(limit)
    const single = (): Limiter =>
      shared ? new LockedLimiter(settings.algorithm, limit, shared) : keep('window', window, create)

    if (settings.headers === 'rejected' && !keyOf) {
      const limiter = single()
      return next => request => {
        const waitMs = limiter.tryAcquire(request.arrivedAtMs)
        if (waitMs === 0) {
          allowed.add()
          return next(request)
        }
        rejected.add()
        return reportOnly ? next(request) : refusal(waitMs)
      }
    }

    const keyed = (keyOf: (request: Request) => string): ((request: Request) => Limiter) => {
      const { key, maxKeys } = settings
      const limiters = keep(
        'windows',
        { window, key },
        () => new KeyedLimiter(maxKeys, create, () => keysDropped.add()),
      )
      limiters.resize(maxKeys)
      return request => limiters.of(keyOf(request))
    }
    const only = (limiter: Limiter) => () => limiter
    const limiterOf = keyOf ? keyed(keyOf) : only(single())
    const announce = settings.headers === 'all' && !reportOnly
    const policy = policyField(limit)
    return next => request => {
      const limiter = limiterOf(request)
      const waitMs = limiter.tryAcquire(request.arrivedAtMs)
      if (waitMs > 0) {
        rejected.add()
        return reportOnly ? next(request) : refusal(waitMs)
      }
      allowed.add()
      if (!announce) return next(request)
      const remaining = limitField(limiter.remaining(request.arrivedAtMs))
      return whenReplied(next(request), reply => {
        const headers = headerAppend(reply.headers, 'ratelimit-policy', policy)
        return reply.with({ headers: headerAppend(headers, 'ratelimit', remaining) })
      })
    }
  },
})
