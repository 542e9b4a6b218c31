import { decodeValue, type Setting } from '../../kit/index.ts'
import { COMPONENT_SETTINGS } from '../common-settings.ts'
import type { Problems } from '../problems.ts'
import type { Span } from '../source.ts'
import type { ListenSpec } from '../topology.ts'
import { type Entry, type Tree, toPlain } from '../tree.ts'
import type { Replicas } from './replicas.ts'
import type { Machine } from './scope.ts'
import type { CheckedSettings } from './settings.ts'

/** A port that a component wants, and where it is written. */
export interface PortUse {
  readonly component: string
  readonly host: string
  readonly port: number
  readonly span: Span
  readonly path: string
}

export interface Listening {
  listen: ListenSpec | null
  replicas: number
  uses: readonly PortUse[]
}

/** `port`, `ports`, `host` and `replicas` of a component together. */
export function resolveListen(
  problems: Problems,
  component: string,
  checked: CheckedSettings,
  given: Replicas,
): Listening {
  const { node, bad } = checked
  const path = `components.${component}`
  const good = (name: string): Entry | undefined => (bad.has(name) ? undefined : node.entries.get(name))
  const read = (name: string): unknown => {
    const entry = good(name)
    return decodeValue(COMPONENT_SETTINGS[name] as Setting, entry && toPlain(entry.value))
  }
  const host = String(read('host'))
  const port = good('port')
  const ports = good('ports')
  const items = ports?.value.type === 'sequence' ? ports.value.items : []
  const written: readonly Tree[] = port ? [port.value] : items
  const uses = written.map((item, index) => {
    const at = port ? `${path}.port` : `${path}.ports.${index}`
    return { component, host, port: Number(toPlain(item)), span: item.span, path: at }
  })
  if (port && ports) {
    const hint = 'port is shared by all replicas; ports gives each replica its own'
    problems.error('TOPOLOGY_PORT_AND_PORTS', ports.keySpan, `${path}.ports`, 'has both "port" and "ports"', hint)
  } else if (ports && items.length === 0) {
    const hint = 'list one port for each replica, or leave "ports" out'
    problems.error('TOPOLOGY_OUT_OF_RANGE', ports.value.span, `${path}.ports`, 'names no port', hint)
  }
  const replicas = ports ? replicasOfPorts(problems, path, items.length, given) : (given.count ?? 1)
  const listen = uses.length === 0 ? null : { host, ports: uses.map(use => use.port), shared: port !== undefined }
  return { listen, replicas, uses }
}

function replicasOfPorts(problems: Problems, path: string, ports: number, { entry, count }: Replicas): number {
  if (entry?.value.type === 'mapping') {
    const message = 'each replica has a port of its own, so that their number cannot change by itself'
    const hint = 'write port: all replicas share it; or leave "ports" out'
    problems.error('TOPOLOGY_REPLICAS_DISAGREE', entry.keySpan, `${path}.replicas`, message, hint)
  } else if (entry !== undefined && count !== null && count !== ports) {
    const hint = 'leave "replicas" out: there is one for each port'
    const message = `${count} replicas, but ${ports} ports`
    problems.error('TOPOLOGY_REPLICAS_DISAGREE', entry.value.span, `${path}.replicas`, message, hint)
  }
  return ports
}

/** Ports that are wanted twice, and ports that this process may not open. */
export function checkPorts(problems: Problems, uses: readonly PortUse[], machine: Machine): void {
  const seen = new Map<number, PortUse[]>()
  for (const use of uses) {
    const earlier = seen.get(use.port) ?? []
    const clash = earlier.find(other => sameAddress(other.host, use.host))
    if (clash) {
      const { line } = clash.span.source.position(clash.span.start)
      const message = `port ${use.port} is already taken by ${clash.path} (${clash.span.source.name}:${line})`
      problems.error('TOPOLOGY_PORT_TWICE', use.span, use.path, message, 'give each its own port')
    }
    seen.set(use.port, [...earlier, use])
    if (use.port < machine.firstOpenPort) {
      const message = `port ${use.port} is reserved for the administrator of this machine`
      const hint = `use a port from ${machine.firstOpenPort} upwards`
      problems.error('TOPOLOGY_PORT_PRIVILEGED', use.span, use.path, message, hint)
    }
  }
}

const EVERY_ADDRESS: ReadonlySet<string> = new Set(['0.0.0.0', '::'])

function sameAddress(left: string, right: string): boolean {
  const plain = (host: string): string => (host.toLowerCase() === 'localhost' ? '127.0.0.1' : host.toLowerCase())
  return plain(left) === plain(right) || EVERY_ADDRESS.has(left) || EVERY_ADDRESS.has(right)
}
