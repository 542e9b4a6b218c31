import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Measured, measure, type Plan } from '../hop/measure.ts'
import type { System } from '../hop/system.ts'
import { freePort, startLab } from '../support/lab.ts'
import type { LoadTool } from '../support/load-tool.ts'
import { type Processes, withProcesses } from '../support/processes.ts'
import type { Dimension } from './dimensions.ts'
import { growthTopology, type LabPlan } from './topology.ts'

/** What was measured along one dimension, one entry a size. */
export interface Grown {
  readonly dimension: Dimension
  readonly points: readonly Measured[]
}

/**
 * Measures the sizes of one dimension after the other: the labs of all its sizes run side by side and are loaded in turn,
 * round after round, as `measure` of the hop benchmark says. They end before the next dimension begins.
 */
export async function measureGrowth(
  dimensions: readonly Dimension[],
  plan: Plan,
  tool: LoadTool,
  progress: (text: string) => void,
): Promise<Grown[]> {
  const all: Grown[] = []
  for (const dimension of dimensions) {
    const systems = dimension.sizes.map(size => systemOf(dimension, size))
    const points = await withProcesses(processes => measure(systems, plan, tool, processes, progress))
    all.push({ dimension, points })
  }
  return all
}

function systemOf(dimension: Dimension, size: number): System {
  const name = `${dimension.name} ${size}`
  const lab = dimension.lab(size)
  return {
    name,
    group: dimension.name,
    peer: null,
    what: dimension.what,
    start: async processes => {
      const port = await startGenerated(processes, name, lab)
      const answer = { data: 'x'.repeat(lab.bodyBytes ?? 0) }
      const connections = dimension.connections?.(size)
      const target = { url: `http://127.0.0.1:${port}/`, headers: {}, answer }
      return connections === undefined ? target : { ...target, connections }
    },
  }
}

async function startGenerated(processes: Processes, name: string, lab: LabPlan): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'archlab-growth-'))
  processes.removeAtEnd(folder)
  const file = join(folder, 'topology.yaml')
  const port = await freePort()
  writeFileSync(file, growthTopology(lab, port))
  await startLab(processes, name, file, [])
  return port
}
