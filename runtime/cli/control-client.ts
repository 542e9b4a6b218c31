import type { Command } from 'commander'
import { ArchlabError } from '../kit/index.ts'
import { CONTROL_PORT, type LabStatus } from '../supervisor/index.ts'
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
export async function fetchStatus(options: ControlOptions): Promise<LabStatus> {
  const url = `http://127.0.0.1:${options.controlPort}/status`
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(5_000) })
    if (!response.ok) throw new Error(`it answered ${response.status}`)
    return (await response.json()) as LabStatus
  } catch (cause) {
    throw new ArchlabError('LAB_NOT_RUNNING', `no lab answers at ${url}`, {
      cause,
      hint: 'start one with archlab up, or name its --control-port',
    })
  }
}
