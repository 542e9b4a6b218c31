import { readFileSync } from 'node:fs'
import type { LabStatus } from '@archlab/runtime/lab'
import type { LabUnderLoad } from '../load/command/lab/lab-under-load.ts'
import { ownCpuSeconds } from '../support/cpu-time.ts'
import type { RunCost } from './result.ts'

/** A lab whose processes are looked at when its load begins and just before its end. */
export class MeteredLab implements LabUnderLoad {
  readonly #lab: LabUnderLoad
  #begin: { readonly pids: readonly number[]; readonly cpuMs: number | null } | null = null
  #cost: RunCost = { cpuMs: null, memoryBytes: null }

  constructor(lab: LabUnderLoad) {
    this.#lab = lab
  }

  get topology(): LabUnderLoad['topology'] {
    return this.#lab.topology
  }

  get isFresh(): boolean {
    return this.#lab.isFresh
  }

  /** Known once the lab has finished. A host that died meanwhile took its figures along: then there are none. */
  get cost(): RunCost {
    return this.#cost
  }

  async status(): Promise<LabStatus> {
    const status = await this.#lab.status()
    this.#begin ??= { pids: status.hostPids, cpuMs: sumOf(status.hostPids, cpuMsOf) }
    return status
  }

  async finish(): Promise<LabStatus> {
    const { hostPids } = await this.#lab.status()
    const { pids, cpuMs: before } = this.#begin ?? { pids: [], cpuMs: null }
    const isSame = hostPids.length > 0 && hostPids.join() === pids.join()
    const after = isSame ? sumOf(hostPids, cpuMsOf) : null
    this.#cost = {
      cpuMs: after === null || before === null ? null : after - before,
      memoryBytes: isSame ? sumOf(hostPids, peakBytesOf) : null,
    }
    return this.#lab.finish()
  }

  failure(): string | null {
    return this.#lab.failure()
  }
}

/** `null` where one of them is not known. */
function sumOf(pids: readonly number[], read: (pid: number) => number): number | null {
  try {
    return pids.reduce((sum, pid) => sum + read(pid), 0)
  } catch {
    // No such process any more, or a system without /proc.
    return null
  }
}

function cpuMsOf(pid: number): number {
  const seconds = ownCpuSeconds(pid)
  if (Number.isNaN(seconds)) throw new Error('the system does not tell of processor time')
  return 1000 * seconds
}

function peakBytesOf(pid: number): number {
  const kilobytes = /^VmHWM:\s*(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
  if (!kilobytes) throw new Error('the system does not tell of memory')
  return Number(kilobytes[1]) * 1024
}
