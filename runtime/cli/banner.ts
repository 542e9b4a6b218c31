import { calleesOf } from '../supervisor/levels.ts'
import { type ComponentSpec, type LoginSpec, type RequestSpec, redact, type Topology } from '../topology/index.ts'
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
  const [workload] = Object.values(redact(topology).workloads)
  const target = workload?.target
  const entry = target && 'entry' in target ? topology.components[target.entry] : undefined
  const base = entry && addressOf(entry)
  if (!workload || !base) return entryLines(topology)
  const token = workload.login ? [loginLine(base, workload.login)] : []
  const header = workload.login ? ` -H "Authorization: Bearer $TOKEN"` : ''
  return [...token, ...workload.requests.map(one => requestLine(base, one, header))]
}

function loginLine(base: string, login: LoginSpec): string {
  const member = login.token.split('.').at(-1)
  return `TOKEN=$(${requestLine(base, login, '').replace('curl -i', 'curl -s')} | sed 's/.*"${member}":"\\([^"]*\\)".*/\\1/')`
}

/** A request of a workload; names in its path stand for their first value. */
function requestLine(base: string, call: Pick<RequestSpec, 'request' | 'headers' | 'json'>, header: string): string {
  const { method, path } = call.request
  const verb = method === 'GET' ? '' : method === 'HEAD' ? ' -I' : ` -X ${method}`
  const fields = Object.entries(call.headers).map(([name, value]) => ` -H ${quotedForShell(`${name}: ${value}`)}`)
  const body =
    call.json === null ? '' : ` -H 'Content-Type: application/json' -d ${quotedForShell(JSON.stringify(call.json))}`
  const filled = path.replace(/\{[^{}]*\}/g, '0')
  const address = /^[\w:./[\]-]*$/.test(filled) ? base + filled : quotedForShell(base + filled)
  return `curl -i${verb} ${address}${header}${fields.join('')}${body}`
}

const quotedForShell = (text: string): string => `'${text.replace(/'/g, `'\\''`)}'`

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
