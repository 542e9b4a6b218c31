import type { Command } from 'commander'
import { ArchlabError } from '../kit/index.ts'
import { CONTROL_PORT, type LabStatus } from '../supervisor/index.ts'
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

async function fetchView<View>(options: ControlOptions, path: string): Promise<View> {
  const url = `http://127.0.0.1:${options.controlPort}${path}`
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(5_000) })
    if (!response.ok) throw new Error(`it answered ${response.status}`)
    return (await response.json()) as View
  } catch (cause) {
    throw new ArchlabError('LAB_NOT_RUNNING', `no lab answers at ${url}`, {
      cause,
      hint: 'start one with archlab up, or name its --control-port',
    })
  }
}
