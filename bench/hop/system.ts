import type { Processes } from '../support/processes.ts'

/** A system that runs and waits for load. */
export interface Target {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  /** The JSON it must answer with status 200. */
  readonly answer: Readonly<Record<string, unknown>>
  /** Connections of its load, where not those of the plan. */
  readonly connections?: number
}

/** A system under test: one row of the table. */
export interface System {
  readonly name: string
  readonly group: string
  /** The row that this one is compared with. */
  readonly peer: string | null
  readonly what: string
  /** Why it cannot run on this machine, if so. */
  missing?(): string | undefined
  /** Starts its programs, all of them in `processes`, and resolves once it answers. */
  start(processes: Processes): Promise<Target>
}
