import type { Topology } from '@archlab/runtime/topology'
import type { Origin } from '../../http/connection.ts'

/** Where requests go. */
export interface Destination {
  readonly origin: Origin
  /** In front of every path, without a slash at its end. */
  readonly basePath: string
}

/** The server of a checked base address, such as `https://host:8443/base`. */
export function destinationOf(url: string, insecure: boolean): Destination {
  const { protocol, hostname, port, pathname } = new URL(url)
  const tls = protocol === 'https:'
  const origin = { host: hostname.replace(/^\[(.*)\]$/, '$1'), port: Number(port) || (tls ? 443 : 80), tls, insecure }
  return { origin, basePath: pathname.replace(/\/+$/, '') }
}

/** Base address of a component's first port, from this machine. The component has one: workloads are checked. */
export function addressOf(topology: Topology, entry: string): string {
  const { host, ports } = topology.components[entry]!.listen!
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${ports[0]}`
}
