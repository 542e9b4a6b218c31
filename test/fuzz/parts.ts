import { controlPart } from './control-part.ts'
import { expectationsPart } from './expectations-part.ts'
import { importPart } from './import-part.ts'
import { listenerPart } from './listener-part.ts'
import type { FuzzPart } from './part.ts'
import { topologyPart } from './topology-part.ts'
import { workloadPart } from './workload-part.ts'

/** Every part, in the order in which they are run. */
export const PARTS: readonly FuzzPart[] = [
  topologyPart,
  workloadPart,
  expectationsPart,
  importPart,
  listenerPart,
  controlPart,
]
