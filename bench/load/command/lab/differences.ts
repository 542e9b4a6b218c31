import type { LabStatus } from '@archlab/runtime/lab'

/** What `/status` tells of one component. */
export type ComponentStatus = LabStatus['components'][string]

/** Counters by name. */
export type Counts = Readonly<Record<string, number>>

/** How much each counter rose; those that did not are left out. One that fell has begun anew: its host was restarted. */
export function risen(before: Counts | undefined, after: Counts): Record<string, number> {
  const rises: Record<string, number> = {}
  for (const [name, value] of Object.entries(after)) {
    const known = before?.[name] ?? 0
    const rise = value >= known ? value - known : value
    if (rise > 0) rises[name] = rise
  }
  return rises
}

/** Tactic or link address → counter → how much it rose; what did not rise is left out. */
export function risenDecisions(
  before: ComponentStatus | undefined,
  after: ComponentStatus,
): Record<string, Record<string, number>> {
  const known = new Map(mechanismsOf(before).map(({ address, counters }) => [address, counters]))
  const found: Record<string, Record<string, number>> = {}
  for (const { address, counters } of mechanismsOf(after)) {
    const rises = risen(known.get(address), counters)
    if (Object.keys(rises).length > 0) found[address] = rises
  }
  return found
}

const mechanismsOf = (status: ComponentStatus | undefined) => (status ? [...status.tactics, ...status.links] : [])
