import { PEERS, peerInstalled } from '../support/peers.ts'
import type { Processes } from '../support/processes.ts'

/** The slowest one starts in three seconds on a machine that does nothing else. */
const READY_TIMEOUT_MS = 60_000

/** Tells why a system that needs this package of the peers cannot run, if so. */
export function needs(peer: string): () => string | undefined {
  return () => (peerInstalled(peer) ? undefined : `${peer} is not installed (npm ci --prefix bench/peers)`)
}

/** Starts a JavaScript program of the peers package and returns its port. */
export function startPeer(processes: Processes, script: string, ...args: string[]): Promise<number> {
  return startListener(processes, script, process.execPath, [`${PEERS}${script}.mjs`, ...args])
}

/** Starts a program that prints `ready <port>` once it listens, and returns that port. */
export function startListener(
  processes: Processes,
  name: string,
  command: string,
  args: readonly string[],
): Promise<number> {
  const program = processes.start({ name, command, args })
  return program.line(line => Number(/^ready (\d+)$/.exec(line)?.[1]) || undefined, READY_TIMEOUT_MS)
}
