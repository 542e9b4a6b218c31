import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { HostProcess, Lab, type LabStatus } from '@archlab/runtime/lab'
import type { Topology } from '@archlab/runtime/topology'
import type { LabUnderLoad } from '../load/command/index.ts'

/** A lab of its own for one run, with an empty folder for what its components keep. */
export class StationLab implements LabUnderLoad {
  readonly isFresh = true
  readonly topology: Topology
  readonly #lab: Lab
  #failure: string | null = null

  private constructor(lab: Lab) {
    this.topology = lab.topology
    this.#lab = lab
    lab.on('log', ({ level, replica, event, fields }) => {
      if (level === 'error') this.#failure = `${replica} ${event}: ${JSON.stringify(fields)}`.trim()
    })
  }

  /** Rejects with an ArchlabError when it does not start. The caller closes it, and removes `stateFolder`. */
  static async start(topology: Topology, stateFolder: string): Promise<StationLab> {
    let started: StationLab | undefined
    const prepare = (lab: Lab): void => {
      started = new StationLab(lab)
    }
    await Lab.start(topology, prepare, new HostProcess(), stateFolder)
    return started!
  }

  status(): Promise<LabStatus> {
    return this.#lab.status()
  }

  /** Closes it: a station has written its record to the end then. A second call joins the first. */
  finish(): Promise<LabStatus> {
    return this.#lab.close()
  }

  failure(): string | null {
    return this.#failure
  }
}

/** Runs something with a new folder, which goes afterwards, however this process ends. */
export async function withFolder<Result>(run: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), 'archlab-station-'))
  const remove = (): void => rmSync(folder, { recursive: true, force: true })
  process.once('exit', remove)
  try {
    return await run(folder)
  } finally {
    process.off('exit', remove)
    remove()
  }
}
