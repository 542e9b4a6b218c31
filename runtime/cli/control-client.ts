import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { ArchlabError, type Code } from '../kit/index.ts'
import {
  CONTROL_PORT,
  type EditPlan,
  type LabEvent,
  type LabStatus,
  type LogPage,
  type ProfileRequest,
  type Session,
  type ThreadProfile,
  TOKEN_PATTERN,
} from '../supervisor/index.ts'
import type { Topology } from '../topology/index.ts'
import { portNumber } from './topology-options.ts'

export interface ControlOptions {
  controlPort: number
  json?: true
}

/** Adds the options of every command that talks to a running lab. */
export function withControl(command: Command): Command {
  return command
    .option('--control-port <port>', 'control port of the running lab', portNumber, CONTROL_PORT)
    .option('--json', 'machine-readable output')
}

/** Asks the running lab for its status. Throws LAB_NOT_RUNNING when none answers. */
export function fetchStatus(options: ControlOptions): Promise<LabStatus> {
  return fetchView(options, '/status')
}

/** Asks the running lab for its topology, without secrets. Throws LAB_NOT_RUNNING when none answers. */
export function fetchTopology(options: ControlOptions): Promise<Topology> {
  return fetchView(options, '/topology')
}

/** What happened to the running lab so far, oldest first. Throws LAB_NOT_RUNNING when none answers. */
export function fetchEvents(options: ControlOptions): Promise<{ events: LabEvent[]; forgotten: number }> {
  return fetchView(options, '/events')
}

/**
 * The same with the texts of topologies that events name, which take the token. Rejects with OPERATION_NOT_ALLOWED when the token
 * cannot be read.
 */
export function fetchSession(options: ControlOptions): Promise<Session> {
  return postChange(options, '/session', {})
}

/** What the running lab has logged after a line. Throws LAB_NOT_RUNNING when none answers. */
export function fetchLog(options: ControlOptions, after: number, of: string | undefined): Promise<LogPage> {
  const query = new URLSearchParams({ after: String(after), ...(of === undefined ? {} : { of }) })
  return fetchView(options, `/logs?${query}`)
}

/** How the file of the running lab differs from what runs. Throws LAB_NOT_RUNNING when none answers. */
export function fetchDiff(options: ControlOptions): Promise<EditPlan> {
  return fetchView(options, '/diff')
}

/** Begins or ends recording threads of the running lab. Rejects with an ArchlabError when it refuses. */
export function postProfile(options: ControlOptions, request: ProfileRequest): Promise<readonly ThreadProfile[]> {
  return postChange(options, '/profile', request)
}

/**
 * Changes the running lab: shows it the token that lies where it says. Rejects with LAB_NOT_RUNNING when none answers,
 * OPERATION_NOT_ALLOWED when the token cannot be read, and with the lab's own error when it refuses.
 */
export async function postChange<Outcome>(options: ControlOptions, path: string, change: unknown): Promise<Outcome> {
  const { tokenFile } = await fetchView<{ tokenFile: string }>(options, '/operations')
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${readToken(tokenFile)}` }
  const url = `http://127.0.0.1:${options.controlPort}${path}`
  let response: Response
  try {
    response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(change) })
  } catch (cause) {
    throw new ArchlabError('OPERATION_FAILED', `the lab at ${url} has gone`, { cause })
  }
  if (response.ok) return (await response.json()) as Outcome
  throw await refusal(response)
}

/** Sends nothing to whoever listens there but what is a token. */
function readToken(file: string): string {
  let text = ''
  try {
    text = readFileSync(file, 'utf8').trim()
  } catch (cause) {
    const hint = 'only the user who started the lab may change it'
    throw new ArchlabError('OPERATION_NOT_ALLOWED', `cannot read the token: ${(cause as Error).message}`, {
      cause,
      hint,
    })
  }
  if (TOKEN_PATTERN.test(text)) return text
  throw new ArchlabError('OPERATION_NOT_ALLOWED', `${file} holds no token`)
}

async function fetchView<View>(options: ControlOptions, path: string): Promise<View> {
  const url = `http://127.0.0.1:${options.controlPort}${path}`
  let response: Response
  try {
    response = await fetch(url, { signal: AbortSignal.timeout(5_000) })
    if (response.ok) return (await response.json()) as View
  } catch (cause) {
    throw new ArchlabError('LAB_NOT_RUNNING', `no lab answers at ${url}`, {
      cause,
      hint: 'start one with archlab up, or name its --control-port',
    })
  }
  throw await refusal(response)
}

/** What the lab says why it did not do what it was asked. */
async function refusal(response: Response): Promise<ArchlabError> {
  const answer = (await response.json().catch(() => ({}))) as { code?: Code; detail?: string; hint?: string }
  const { code = 'OPERATION_FAILED', detail = `the lab answered ${response.status}`, hint } = answer
  return new ArchlabError(code, detail, hint === undefined ? {} : { hint })
}
