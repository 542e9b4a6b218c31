import type { Target } from './system.ts'

const DATA = { cached: true, data: 'Fetched fresh data from DB' }
const CREDENTIALS = { username: 'user1', password: 'password123' }
const TIMEOUT_MS = 10_000

/**
 * Logs in at the entry of a chain, fills its cache with a first request, and sees that a token is needed, and that not
 * just any will do. Throws when one of it is not so.
 */
export async function signedIn(port: number): Promise<Target> {
  const entry = `http://127.0.0.1:${port}`
  const token = await logIn(entry)
  const url = `${entry}/data`
  const headers = { authorization: `Bearer ${token}` }
  await statusOf(url, headers)
  // The first character of the signature: all of its bits count.
  const forged = token.replace(/\.([^.])([^.]*)$/, (_, first, rest) => `.${first === 'A' ? 'B' : 'A'}${rest}`)
  for (const [what, wrong] of [
    ['without a token', {}],
    ['with a forged token', { authorization: `Bearer ${forged}` }],
  ] as const) {
    const status = await statusOf(url, wrong)
    if (status !== 401 && status !== 403) throw new Error(`${url} answered ${status} ${what}`)
  }
  return { url, headers, answer: DATA }
}

async function logIn(entry: string): Promise<string> {
  const reply = await fetch(`${entry}/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(CREDENTIALS),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  })
  const text = await reply.text()
  if (reply.status !== 200) throw new Error(`${entry}/login answered ${reply.status} ${text.slice(0, 300)}`)
  const { token } = JSON.parse(text) as { token?: unknown }
  if (typeof token !== 'string') throw new Error(`${entry}/login gave no token: ${text.slice(0, 300)}`)
  return token
}

async function statusOf(url: string, headers: Readonly<Record<string, string>>): Promise<number> {
  const reply = await fetch(url, { headers, signal: AbortSignal.timeout(TIMEOUT_MS) })
  await reply.arrayBuffer()
  return reply.status
}
