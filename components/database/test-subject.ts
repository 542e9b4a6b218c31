import type { TestContext } from 'node:test'
import { bodyText, type Reply, Request, systemClock } from '@archlab/runtime/kit'
import { fakeContext } from '@archlab/runtime/testing'
import database from './database.ts'

/** Settings of a backend, and whether several components with them share what is in it; or why it cannot be tested here. */
export type Backend = (
  t: TestContext,
) => Promise<{ settings: Record<string, unknown>; shared: boolean } | { missing: string }>

/** A database component on the machine's clock. */
export async function startDatabase(t: TestContext, settings: Record<string, unknown>) {
  const context = fakeContext(database, { settings, clock: systemClock })
  const handle = await database.create(context)
  t.after(() => context.scope.close())
  const send = async (method: string, path: string, body = '', headers = ''): Promise<Reply> => {
    const [bare = '', query = ''] = path.split('?')
    return handle(new Request({ method, path: bare, query, body, headers, arrivedAtMs: systemClock.nowMs() }))
  }
  return { context, send }
}

export type Database = Awaited<ReturnType<typeof startDatabase>>

/** What the tests of the contract are given: some components over one data set, the first also by itself. */
export interface Subject extends Database {
  readonly replicas: readonly Database[]
}

/** Declares a test over the backend; `extra` are further settings. */
export type Check = (
  sentence: string,
  body: (subject: Subject) => Promise<void>,
  extra?: Record<string, unknown>,
) => void

/** The body of a reply. */
// biome-ignore lint/suspicious/noExplicitAny: tests look into replies as they come
export const jsonOf = (reply: Reply): any => JSON.parse(bodyText(reply.body))

/** The entity tag of a reply. */
export function etagOf(reply: Reply): string {
  const etag = reply.header('etag')
  if (etag === undefined) throw new Error(`no ETag in ${reply.status} ${reply.headers}`)
  return etag
}

/** Header fields with an `If-Match`. */
export const ifMatch = (etag: string): string => `\nif-match: ${etag}`
export const ifNoneMatch = (etag: string): string => `\nif-none-match: ${etag}`
