import { headerList, problem, type Reply } from '@archlab/runtime/kit'

/** Longest `Proxy-Status` of a callee that is kept whole; of a longer one only the member nearest the cause. */
const PROXY_STATUS_MAX = 2048
const FIRST_MEMBER = /^(?:[^",]|"(?:[^"\\]|\\.)*")*/

/**
 * Answers a request one of whose calls has failed: 500, a `Proxy-Status` member (RFC 9209) with the callee's status after
 * those the callee sent, and the callee's `Retry-After`. Its body is not shown. Under overload one refusal looks like the
 * one before: then the reply is the same object.
 */
export function failedCall(replica: string, link: string, request: string): (upstream: Reply) => Reply {
  let status = 0
  let headers = ''
  let last: Reply | undefined
  return upstream => {
    if (last && upstream.status === status && upstream.headers === headers) return last
    status = upstream.status
    headers = upstream.headers
    last = answer(replica, link, request, upstream)
    return last
  }
}

function answer(replica: string, link: string, request: string, upstream: Reply): Reply {
  const before = headerList(upstream.headers, 'proxy-status') ?? ''
  const kept = before.length > PROXY_STATUS_MAX ? FIRST_MEMBER.exec(before)![0].slice(0, PROXY_STATUS_MAX) : before
  const own = `${replica}; received-status=${upstream.status}; details="${link}"`
  const retryAfter = upstream.header('retry-after')
  return problem(500, {
    detail: `The call of "${link}" (${request}) was answered ${upstream.status}.`,
    headers: {
      'proxy-status': kept === '' ? own : `${kept}, ${own}`,
      ...(retryAfter === undefined ? {} : { 'retry-after': retryAfter }),
    },
  })
}
