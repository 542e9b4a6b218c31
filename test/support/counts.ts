import type { LabUnderTest } from '@archlab/runtime/whole-lab'

type Status = Awaited<ReturnType<LabUnderTest['lab']['status']>>
type Component = Status['components'][string]

/** What a component has counted so far. */
export async function componentOf(lab: LabUnderTest, component: string): Promise<Component> {
  return (await lab.lab.status()).components[component]!
}

/** The counters of a component's own. */
export async function countersOf(lab: LabUnderTest, component: string): Promise<Record<string, number>> {
  return (await componentOf(lab, component)).counters
}

/** The counters of the only tactic of that name that stands before a component or one of its links. */
export async function tacticOf(lab: LabUnderTest, component: string, name: string): Promise<Record<string, number>> {
  const found = (await componentOf(lab, component)).tactics.filter(one => one.name === name)
  if (found.length !== 1) throw new Error(`${component} has ${found.length} tactics "${name}"`)
  return { ...found[0]!.counters }
}
