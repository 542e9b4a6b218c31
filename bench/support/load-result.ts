/** What one run of a load generator found. */
export interface LoadResult {
  readonly requests: number
  readonly requestsPerSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** Replies outside 200..299 as far as the generator tells them apart: wrk counts those from 400 on. */
  readonly failedReplies: number
  /** Connections that could not be made or broke, and requests that timed out. */
  readonly socketErrors: number
}

const MILLISECONDS: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

/** Reads the text that `wrk --latency` prints. Throws when it is not such a text. */
export function parseWrk(text: string): LoadResult {
  const find = (pattern: RegExp, what: string): RegExpExecArray => {
    const found = pattern.exec(text)
    if (!found) throw new Error(`wrk printed no ${what}:\n${text.slice(0, 2000)}`)
    return found
  }
  const percentileMs = (percent: number): number => {
    const [, value, unit] = find(new RegExp(`^\\s*${percent}%\\s+([\\d.]+)(us|ms|s|m|h)\\s*$`, 'm'), `${percent}%`)
    return Number(value) * MILLISECONDS[unit!]!
  }
  const errors = /Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(text)
  return {
    requests: Number(find(/^\s*(\d+) requests in /m, 'count of requests')[1]),
    requestsPerSecond: Number(find(/^Requests\/sec:\s*([\d.]+)/m, 'Requests/sec')[1]),
    p50Ms: percentileMs(50),
    p99Ms: percentileMs(99),
    failedReplies: Number(/Non-2xx or 3xx responses: (\d+)/.exec(text)?.[1] ?? 0),
    socketErrors: errors ? errors.slice(1).reduce((sum, count) => sum + Number(count), 0) : 0,
  }
}

/** Reads the object that `autocannon --json` prints. Throws when it is not such an object. */
export function parseAutocannon(text: string): LoadResult {
  const result: unknown = JSON.parse(text)
  const value = (path: string): number => {
    const found = path
      .split('.')
      .reduce<unknown>((node, key) => (node as Record<string, unknown> | null)?.[key], result)
    if (typeof found !== 'number') throw new Error(`autocannon printed no number "${path}":\n${text.slice(0, 2000)}`)
    return found
  }
  return {
    requests: value('requests.total'),
    requestsPerSecond: value('requests.total') / value('duration'),
    p50Ms: value('latency.p50'),
    p99Ms: value('latency.p99'),
    failedReplies: value('non2xx'),
    socketErrors: value('errors') + value('timeouts'),
  }
}
