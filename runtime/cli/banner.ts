import { calleesOf } from '../supervisor/levels.ts'
import type { ComponentSpec, Topology } from '../topology/topology.ts'
import { paint, table } from './output.ts'

/** What `archlab up` prints when the lab is ready. */
export function banner(topology: Topology, facts: { controlUrl: string; readyMs: number }, colour: boolean): string {
  const rows = Object.values(topology.components).map(component => [
    component.name,
    component.kind,
    portsText(component),
    String(component.replicas),
    tacticsText(component),
  ])
  const curls = curlLines(topology)
  return [
    `${paint('bold', topology.name, colour)}  ready in ${facts.readyMs.toFixed(0)} ms`,
    '',
    table([['component', 'kind', 'ports', 'replicas', 'tactics'], ...rows], colour),
    '',
    `  control  ${facts.controlUrl}/status  /metrics  /topology  /healthz`,
    ...(curls.length > 0 ? ['', '  try', ...curls.map(line => `    ${line}`)] : []),
    '',
    '  Ctrl-C ends the lab.',
  ].join('\n')
}

function portsText(component: ComponentSpec): string {
  if (!component.listen) return '-'
  const { host, ports } = component.listen
  return (host === '127.0.0.1' ? '' : `${host}:`) + ports.join(', ')
}

function tacticsText(component: ComponentSpec): string {
  const inbound = component.tactics.map(tactic => tactic.name)
  const outbound = component.links.flatMap(link => link.tactics.map(tactic => `${link.name}:${tactic.name}`))
  return [...inbound, ...outbound].join(', ') || '-'
}

/** Command lines to paste: those of the first workload where there is one, else a call of every entry component. */
export function curlLines(topology: Topology): string[] {
  const workload = Object.values(topology.workloads)[0] as Workload | undefined
  const entry = workload?.entry === undefined ? undefined : topology.components[workload.entry]
  const base = entry && addressOf(entry)
  if (!workload || !base) return entryLines(topology)
  const token = workload.login ? [loginLine(base, workload.login)] : []
  const header = workload.login ? ` -H "Authorization: Bearer $TOKEN"` : ''
  const requests = (workload.requests ?? []).map(one => requestLine(base, one, header))
  return [...token, ...requests]
}

interface Call {
  request: string
  json?: unknown
}
interface Workload {
  entry?: string
  login?: Call & { token?: string }
  requests?: readonly Call[]
}

function loginLine(base: string, login: Call & { token?: string }): string {
  const member = login.token ?? 'token'
  return `TOKEN=$(${requestLine(base, login, '').replace('curl -i', 'curl -s')} | sed 's/.*"${member}":"\\([^"]*\\)".*/\\1/')`
}

function requestLine(base: string, call: Call, header: string): string {
  const [method = 'GET', path = '/'] = call.request.split(' ')
  const verb = method === 'GET' ? '' : ` -X ${method}`
  const body =
    call.json === undefined
      ? ''
      : ` -H 'Content-Type: application/json' -d '${JSON.stringify(call.json).replace(/'/g, `'\\''`)}'`
  return `curl -i${verb} ${base}${path}${header}${body}`
}

function entryLines(topology: Topology): string[] {
  const called = new Set(Object.values(topology.components).flatMap(calleesOf))
  return Object.values(topology.components).flatMap(component => {
    const base = addressOf(component)
    return called.has(component.name) || base === undefined ? [] : [`curl -i ${base}/`]
  })
}

/** Where a component's first port is reached from this machine; `undefined` when it has none. */
export function addressOf(component: ComponentSpec): string | undefined {
  if (!component.listen) return undefined
  const host = component.listen.host === '0.0.0.0' ? '127.0.0.1' : component.listen.host
  return `http://${host.includes(':') ? `[${host}]` : host}:${component.listen.ports[0]}`
}
