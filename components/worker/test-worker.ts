import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { type Body, bodyText, decodeSettings, type Reply, Request, systemClock } from '@archlab/runtime/kit'
import { type FakeOptions, fakeContext } from '@archlab/runtime/testing'
import type { Prepared } from './open-store.ts'
import worker from './worker.ts'

/** What all replicas of one worker are told. */
export async function prepare(raw: Record<string, unknown> = {}): Promise<Prepared> {
  const settings = decodeSettings(worker.settings, raw)
  const folders = { component: 'subject', folder: '/nowhere', stateFolder: '/nowhere' }
  return (await worker.prepare!({ settings, ...folders, readText: () => '' })).prepared as Prepared
}

/** What replicas that share a file are told. */
export async function inFile(t: TestContext): Promise<Prepared> {
  const folder = mkdtempSync(join(tmpdir(), 'archlab-jobs-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return { ...(await prepare()), file: join(folder, 'jobs.sqlite') }
}

/** A replica whose jobs are in memory, unless the settings say otherwise. */
export async function startWorker(t: TestContext, options: FakeOptions = {}) {
  const settings = { queue: 'memory', ...options.settings }
  const prepared = options.prepared ?? (await prepare(settings))
  const context = fakeContext(worker, { clock: systemClock, ...options, settings, prepared })
  const handle = await worker.create(context)
  t.after(() => context.scope.close())
  const ask = async (method: string, path: string, body: Body = '', headers = '', query = ''): Promise<Reply> =>
    handle(new Request({ method, path, body, headers, query }))
  return { context, handle, ask }
}

export const bodyOf = (reply: Reply): Record<string, unknown> => JSON.parse(bodyText(reply.body))

/** One job at once, one may wait, and none ends. */
export const forEver = { 'job-time': '10d', concurrency: 1, 'queue-limit': 1 }

/** A task as arguments of `ask`. */
export const post = (body: string, headers = ''): [string, string, string, string] => ['POST', '/task', body, headers]
