import { eventually, httpCall } from '@archlab/runtime/whole-lab'
import type { LabStatus, LogLine } from '../controlled-lab.ts'
import { accepts, type Ending } from '../own-server.ts'
import { SERVERS } from '../stores.ts'
import { deal, type Fault, type Outcome } from './deal.ts'
import { FaultLab } from './fault-lab.ts'
import {
  CLOCK,
  DISK_FULL,
  HOST_ABORTS,
  HOST_KILLED,
  OWN_HOST_ABORTS,
  OWN_HOST_KILLED,
  STORE_AWAY,
} from './lab-faults.ts'
import { EXITS, GROWS, PORT_TAKEN, REJECTED, SPINS, THROWS, UNCAUGHT } from './replica-faults.ts'

/** What came of all faults, dealt to one lab under load. */
export interface Matrix {
  readonly outcomes: readonly Outcome[]
  /** Why faults were left out, by their names. */
  readonly leftOut: Readonly<Record<string, string>>
  /** Before the host of the edge died: what clients got of the edge, what the lab had counted and logged. */
  readonly received: Readonly<Record<string, number>>
  /** What those of them got who call the neighbour. */
  readonly ofNeighbours: Readonly<Record<string, number>>
  readonly status: LabStatus
  readonly log: readonly LogLine[]
  readonly supervisor: SupervisorKilled
}

/** What came of `kill -9` of the supervisor. */
export interface SupervisorKilled {
  /** Until no process of the lab was left. */
  readonly goneMs: number
  /** Ports of the lab that are not free afterwards. */
  readonly taken: readonly number[]
}

/** Deals every fault to one lab; `progress` is told of each. */
export async function dealAll(t: Ending, progress: (name: string) => void = () => {}): Promise<Matrix> {
  const lab = await FaultLab.start(t)
  const leftOut: Record<string, string> = {}
  const outcomes: Outcome[] = []
  const dealEach = async (faults: readonly Fault[]): Promise<void> => {
    for (const fault of faults) {
      progress(fault.name)
      outcomes.push(await deal(lab, fault))
    }
  }
  await dealEach([THROWS, UNCAUGHT, REJECTED, EXITS, SPINS, GROWS, PORT_TAKEN, CLOCK, DISK_FULL])
  if (await accepts(SERVERS.Redis)) await dealEach([STORE_AWAY])
  else leftOut[STORE_AWAY.name] = `no Redis on port ${SERVERS.Redis}`
  await dealEach([OWN_HOST_ABORTS, OWN_HOST_KILLED])
  const received = { ...(await lab.rest()) }
  const ofNeighbours = lab.neighbours.counts
  await lab.control.does(async () => {
    const { counters } = (await lab.control.status()).components.worker!
    return counters.done === counters.submitted
  }, 'every job is done')
  const [status, log] = [await lab.control.status(), await lab.control.log()]
  await lab.begin()
  await dealEach([HOST_ABORTS, HOST_KILLED])
  progress('SIGKILL of the supervisor')
  return { outcomes, leftOut, received, ofNeighbours, status, log, supervisor: await killSupervisor(lab) }
}

async function killSupervisor({ control }: FaultLab): Promise<SupervisorKilled> {
  const { ports } = control
  const atMs = performance.now()
  await control.signal('SIGKILL')
  await eventually(() => control.processes().length === 0, 'no process of the lab is left', 30_000)
  const goneMs = Math.round(performance.now() - atMs)
  const taken: number[] = []
  for (const port of ports) {
    const outcome = await httpCall(`http://127.0.0.1:${port}/`).catch(error => error.code)
    if (outcome !== 'ECONNREFUSED') taken.push(port)
  }
  return { goneMs, taken }
}
