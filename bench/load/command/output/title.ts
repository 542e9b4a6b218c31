import { arrivalsText } from '../../../report/reading/workload-words.ts'
import type { LabUnderLoad } from '../lab/lab-under-load.ts'
import type { LoadPlan } from '../plan/load-plan.ts'
import { visible } from '../progress/text.ts'

/** What is done to whom, in one line. */
export function titleOf(plan: LoadPlan, lab: LabUnderLoad | null): string {
  const { shown, entry, url } = plan
  const arrivals = arrivalsText(shown.arrivals)
  const [request] = shown.requests
  // A request of the command line has no name but its address.
  const isOwn = url.includes(`//${shown.name}`) && shown.requests.length === 1
  const which = lab ? `, lab ${lab.topology.name} ${lab.isFresh ? 'started for this run' : 'as it is running'}` : ''
  const target = entry === null ? url : `${entry} at ${url}`
  const text = isOwn
    ? `${request!.request.method} ${url}${request!.request.path}: ${arrivals}`
    : `${shown.name}: ${arrivals}, to ${target}${which}`
  return visible(text.replaceAll('\u00a0', ' '))
}
