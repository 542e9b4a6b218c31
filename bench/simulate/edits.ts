import type { EnvironmentEvent, Topology } from '@archlab/runtime/topology'
import { undoneText } from './replication-messages.ts'

/** Reads a topology again, with patches on top: one set after the other. Rejects when it cannot run. */
export type Patched = (patches: readonly Readonly<Record<string, unknown>>[]) => Promise<Topology>

/** What is done to a simulated lab, and what it becomes by it. */
export interface KnownEdits {
  /** Without the edits of which nothing is known. */
  readonly environment: readonly EnvironmentEvent[]
  /** After each `edit` that is left, in their order. */
  readonly edits: readonly Topology[]
  /** Why others are left out, a sentence each. */
  readonly unknown: readonly string[]
}

/** Works out beforehand what a lab becomes by its edits: in simulated time nothing can be read. */
export async function withEdits(
  events: readonly EnvironmentEvent[],
  patched: Patched | undefined,
): Promise<KnownEdits> {
  const edits: Topology[] = []
  const patches: Readonly<Record<string, unknown>>[] = []
  const unknown: string[] = []
  const environment: EnvironmentEvent[] = []
  for (const event of events) {
    const { atMs, operation } = event
    if (operation.action !== 'edit') environment.push(event)
    else {
      try {
        if (!patched) throw new Error('where the topology comes from is not known')
        edits.push(await patched([...patches, operation.patches]))
        patches.push(operation.patches)
        environment.push(event)
      } catch (error) {
        unknown.push(undoneText(atMs, operation.action, error as Error))
      }
    }
  }
  return { environment, edits, unknown }
}
