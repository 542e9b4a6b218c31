import {
  choice,
  compileStatuses,
  type Decoded,
  defineTactic,
  duration,
  integer,
  type Reply,
  type SettingProblem,
  statusList,
  text,
  type Wrap,
} from '@archlab/runtime/kit'
import { accountOf, bounded } from './account-of.ts'
import type { Outcome, Restriction } from './attempts.ts'
import { AttemptsTable } from './attempts-table.ts'

const settings = {
  by: choice(['both', 'account', 'source'], {
    default: 'both',
    doc: 'What has failures of its own: the account that a login is for, the address that it comes from, or each of them.',
  }),
  account: text({ default: 'username', pattern: '\\S', doc: 'Member of the JSON body that names the account.' }),
  free: integer({
    min: 1,
    max: 1000,
    unit: 'failures',
    default: 5,
    doc: 'Failures of an account in a row after which it has to wait.',
  }),
  'source-free': integer({
    min: 1,
    max: 100_000,
    unit: 'failures',
    default: 20,
    doc: 'Failures from one address after which it has to wait; many people may share one.',
  }),
  delay: duration({ default: '1s', doc: 'The first wait; each further failure doubles it. At least 1ms.' }),
  'max-delay': duration({ default: '15m', doc: 'The longest wait.' }),
  'forget-after': duration({ default: '1h', doc: 'Without an attempt for so long, failures are forgotten.' }),
  on: statusList({ default: [401, 403], doc: 'Replies that say that a login has failed.' }),
  'max-keys': integer({
    min: 1,
    max: 1_000_000,
    unit: 'keys',
    default: 10_000,
    doc: 'Accounts, and addresses, remembered; beyond that the one used longest ago is forgotten.',
  }),
} as const

type RestrictLoginSettings = Decoded<typeof settings>

/** Waits that make sense, with what is told about the others. */
function check({ delayMs, maxDelayMs, forgetAfterMs }: RestrictLoginSettings): SettingProblem[] {
  const problems: SettingProblem[] = []
  if (delayMs < 1) problems.push({ path: ['delay'], message: 'delay must be at least 1ms' })
  if (maxDelayMs < delayMs) problems.push({ path: ['max-delay'], message: 'max-delay must not be below delay' })
  if (forgetAfterMs < maxDelayMs) {
    const hint = 'write forget-after: as long as max-delay, or longer'
    problems.push({ path: ['forget-after'], message: 'failures would be forgotten before the wait is over', hint })
  }
  return problems
}

/** Refusals that are kept ready, by the seconds to wait; longer waits are made anew. */
const PREPARED_MAX = 3600

/** Holds up logins of an account, or from an address, whose logins keep failing. */
export default defineTactic({
  name: 'restrict-login',
  summary: 'Makes an account, and an address, wait ever longer after failed logins, and answers 429 meanwhile.',
  about:
    'Stands before what checks passwords, with match: POST /login. After "free" failures of an account in a row, or ' +
    '"source-free" failures from an address, the next attempt has to wait for "delay", and twice as long after each further ' +
    'failure. Attempts before the time is over are answered 429 with Retry-After, are not passed on and change nothing. A ' +
    'success clears the failures of the account, never those of the address. Attempts under way count as failed until they ' +
    'are answered, so that many at once learn no more than one after the other. It makes no difference whether an account ' +
    'exists. Whoever fails for others on purpose makes them wait too, at most for max-delay: by: source leaves accounts ' +
    'alone. Each replica counts for itself.',
  realises: 'restrict login',
  settings,
  counters: {
    allowed: 'Attempts passed on.',
    rejected: 'Attempts that came before the wait was over.',
    failed: 'Attempts passed on that failed.',
    keys_dropped: 'Accounts and addresses forgotten because the table was full.',
  },
  example: '- restrict-login: { match: POST /login, free: 5, delay: 1s }',
  check,
  model: () => [{ type: 'unmodelled', why: 'how often logins fail in a row is not known' }],

  create({ settings, count, clock, reportOnly, refuse, keep }): Wrap {
    const { by, free, sourceFree, delayMs, maxDelayMs, forgetAfterMs, maxKeys } = settings
    const isFailure = compileStatuses(settings.on)
    const onDrop = (): void => count.keys_dropped.add()
    const waits = { delayMs, maxDelayMs, forgetAfterMs }
    const tableOf = (name: string, limits: Restriction, forgives: boolean): AttemptsTable =>
      keep(name, { maxKeys, limits }, () => new AttemptsTable(maxKeys, limits, forgives, onDrop))
    const accounts = tableOf('accounts', { ...waits, free }, true)
    const sources = tableOf('sources', { ...waits, free: sourceFree }, false)
    const refusal = refusals(seconds =>
      refuse(429, 'http_request_denied', 'restrict-login', {
        detail: `Too many logins have failed. Try again in ${seconds} s.`,
        headers: { 'retry-after': String(seconds) },
      }),
    )
    return next => request => {
      const nowMs = request.arrivedAtMs
      const account = by === 'source' ? undefined : accountOf(request, settings.account)
      const source = by === 'account' ? undefined : bounded(request.client)
      const waitMs = Math.max(
        account === undefined ? 0 : accounts.waitMs(account, nowMs),
        source === undefined ? 0 : sources.waitMs(source, nowMs),
      )
      if (waitMs > 0) {
        count.rejected.add()
        return reportOnly ? next(request) : refusal(waitMs)
      }
      count.allowed.add()
      const ends = [
        ...(account === undefined ? [] : [accounts.begin(account, nowMs)]),
        ...(source === undefined ? [] : [sources.begin(source, nowMs)]),
      ]
      const end = (outcome: Outcome): void => {
        if (outcome === 'failed') count.failed.add()
        for (const one of ends) one(outcome, clock.nowMs())
      }
      return observed(() => next(request), end, isFailure)
    }
  },
})

/** Asks, and tells what came of it: a 2xx is a success, what is neither that nor a failure, or an error, says nothing. */
function observed(
  ask: () => Reply | Promise<Reply>,
  end: (outcome: Outcome) => void,
  isFailure: (status: number) => boolean,
): Reply | Promise<Reply> {
  const judge = (reply: Reply): Reply => {
    end(isFailure(reply.status) ? 'failed' : reply.status < 300 ? 'succeeded' : 'unknown')
    return reply
  }
  const broken = (error: unknown): never => {
    end('unknown')
    throw error
  }
  let outcome: Reply | Promise<Reply>
  try {
    outcome = ask()
  } catch (error) {
    return broken(error)
  }
  return outcome instanceof Promise ? outcome.then(judge, broken) : judge(outcome)
}

/** Replies by the milliseconds to wait. They differ only in whole seconds, so most are made once. */
function refusals(make: (seconds: number) => Reply): (waitMs: number) => Reply {
  const prepared: (Reply | undefined)[] = []
  return waitMs => {
    const seconds = Math.max(1, Math.ceil(waitMs / 1000))
    const reply = prepared[seconds] ?? make(seconds)
    if (seconds <= PREPARED_MAX) prepared[seconds] = reply
    return reply
  }
}
