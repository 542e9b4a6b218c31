import { Command } from 'commander'
import type { LabStatus } from '../supervisor/index.ts'
import { type ControlOptions, fetchStatus, withControl } from './control-client.ts'
import { colourOn, emitJson, table } from './output.ts'

/** `archlab status`: replies by status code, latency and tactic decisions of a running lab. */
export function statusCommand(): Command {
  const command = new Command('status').description('replies by status code, latency and decisions of the running lab')
  return withControl(command).action(async (options: ControlOptions) => {
    const status = await fetchStatus(options)
    if (options.json) emitJson(status)
    else process.stdout.write(`${statusText(status, colourOn(process.stdout))}\n`)
  })
}

/** The same as a table, then one line per tactic that has decided anything. */
export function statusText(status: LabStatus, colour: boolean): string {
  const rows = Object.entries(status.components).map(([name, component]) => [
    name,
    String(component.received),
    codes(component.statuses),
    String(component.abandoned),
    milliseconds(component.latency.p50Ms),
    milliseconds(component.latency.p95Ms),
    milliseconds(component.latency.p99Ms),
  ])
  const head = ['component', 'received', 'replies', 'abandoned', 'p50', 'p95', 'p99']
  const tactics = Object.values(status.components).flatMap(component =>
    component.tactics
      .map(tactic => ({ address: tactic.address, decisions: decisions(tactic.counters) }))
      .filter(tactic => tactic.decisions !== '')
      .map(tactic => [tactic.address, tactic.decisions]),
  )
  const scaled = Object.entries(status.components).flatMap(([name, { autoscaling }]) =>
    autoscaling ? [[name, ...scalingRow(autoscaling)]] : [],
  )
  const uptime = `${status.lab}: ${status.state}, up ${(status.uptimeMs / 1000).toFixed(0)} s`
  const parts = [uptime, table([head, ...rows], colour)]
  if (tactics.length > 0) parts.push(table([['tactic', 'decisions'], ...tactics], colour))
  if (scaled.length > 0) parts.push(table([SCALING_HEAD, ...scaled], colour))
  return parts.join('\n\n')
}

const SCALING_HEAD = ['autoscaled', 'replicas', 'min', 'max', 'utilisation', 'target', 'desired', 'reason']

type Scaling = NonNullable<LabStatus['components'][string]['autoscaling']>

/** The last decision on the number of a component's replicas. */
function scalingRow({ to, min, max, utilisation, targetUtilisation, desired, reason }: Scaling): string[] {
  const percent = (share: number | null): string => (share === null ? '-' : `${(share * 100).toFixed(0)} %`)
  const share = [percent(utilisation), percent(targetUtilisation)]
  return [String(to), String(min), String(max), ...share, String(desired), reason.replaceAll('-', ' ')]
}

const codes = (statuses: Readonly<Record<string, number>>): string =>
  Object.entries(statuses)
    .map(([status, count]) => `${status}:${count}`)
    .join(' ') || '-'

const decisions = (counters: Readonly<Record<string, number>>): string =>
  Object.entries(counters)
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ')

const milliseconds = (value: number | null): string => (value === null ? '-' : `${value.toPrecision(3)} ms`)
