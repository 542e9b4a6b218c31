import { headerAppend, type Reply } from '@archlab/runtime/kit'

// A token of RFC 9651 §3.3.4; anything else has to be quoted.
const TOKEN = /^[A-Za-z*][A-Za-z0-9:/!#$%&'*+.^_`|~-]*$/

/** The name under which a replica stands in `Cache-Status` (RFC 9211), e.g. `microservice-a/0`. */
export function memberName(replica: string): string {
  return TOKEN.test(replica) ? replica : `"${replica.replace(/["\\]/g, '\\$&')}"`
}

/** The reply with this cache's member appended, after those of caches nearer to the origin. */
export function withStatus(reply: Reply, member: string, parameters: string): Reply {
  return reply.with({ headers: headerAppend(reply.headers, 'cache-status', `${member}; ${parameters}`) })
}
