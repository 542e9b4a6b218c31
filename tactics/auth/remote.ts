import {
  type Body,
  bodyText,
  type Link,
  type ProblemFields,
  type ProxyError,
  type Reply,
  type Request,
} from '@archlab/runtime/kit'
import { readExpiry } from './token.ts'
import { INVALID, MISSING, type Verdict, type Verify } from './verdict.ts'

type Refuse = (status: number, error: ProxyError, mechanism: string, fields?: ProblemFields) => Reply

const JSON_HEADERS = '\ncontent-type: application/json'

/**
 * Asks a login component: `POST /validate_token {"token": …}`. 200 lets in, 400 and 403 do not; any other answer means
 * that nobody knows, and becomes a 503 that names the login component and hands on its Retry-After. `remembers` says
 * whether anybody will want to know how long the token is good.
 */
export function remoteVerify(link: Link, login: string, remembers: boolean, refuse: Refuse): Verify {
  // A busy client brings one token again and again, and gets the same answer.
  let asked = { token: '', body: '' }
  let accepted: { token: string; body: Body; verdict: Verdict } = { token: '', body: '', verdict: INVALID }
  const question = (token: string): string => {
    if (asked.token !== token) asked = { token, body: JSON.stringify({ token }) }
    return asked.body
  }
  const read = (token: string, reply: Reply): Verdict => {
    if (reply.status === 200) {
      const { body } = reply
      if (accepted.token !== token || accepted.body !== body) {
        accepted = { token, body, verdict: acceptance(token, reply, remembers) }
      }
      return accepted.verdict
    }
    if (reply.status === 403) return INVALID
    if (reply.status === 400) return MISSING
    return { kind: 'unknown', reply: trouble(login, reply, refuse) }
  }
  return (token, request, cancellation) => {
    const reply = link.call(check(question(token), request, cancellation))
    return reply instanceof Promise ? reply.then(one => read(token, one)) : read(token, reply)
  }
}

/** The check belongs to all who wait for it, so it has neither the caller's deadline nor its cancellation. */
function check(body: string, request: Request, cancellation: Request['cancellation']): Request {
  return request.with({
    method: 'POST',
    path: '/validate_token',
    query: '',
    headers: JSON_HEADERS,
    body,
    deadlineMs: Number.POSITIVE_INFINITY,
    cancellation,
  })
}

/** The reply may say `expiresAt`; where it does not, the token does. A plain 200 is enough, `"valid": false` is not. */
function acceptance(token: string, reply: Reply, remembers: boolean): Verdict {
  let answer: unknown
  try {
    answer = JSON.parse(bodyText(reply.body))
  } catch {
    answer = undefined
  }
  const { valid, expiresAt } = (typeof answer === 'object' && answer !== null ? answer : {}) as Record<string, unknown>
  if (valid === false) return INVALID
  if (typeof expiresAt === 'number') return { kind: 'valid', expiresAtSeconds: expiresAt }
  return { kind: 'valid', expiresAtSeconds: remembers ? readExpiry(token) : Number.POSITIVE_INFINITY }
}

function trouble(login: string, reply: Reply, refuse: Refuse): Reply {
  const retryAfter = reply.header('retry-after')
  const error = reply.status === 504 ? 'http_response_timeout' : 'destination_unavailable'
  return refuse(503, error, `auth: ${login} answered ${reply.status}`, {
    detail: 'The token could not be checked.',
    ...(retryAfter === undefined ? {} : { headers: { 'retry-after': retryAfter } }),
  })
}
