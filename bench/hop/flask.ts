import { spawnSync } from 'node:child_process'
import { PEERS } from '../support/peers.ts'
import type { Processes } from '../support/processes.ts'
import { startListener } from './start-peer.ts'

/** A Python that has what the Flask chain imports; `undefined` when there is none. Debian's own first. */
export function findFlask(): string | undefined {
  return ['/usr/bin/python3', 'python3'].find(
    python => spawnSync(python, ['-c', 'import flask, requests, jwt'], { stdio: 'ignore' }).status === 0,
  )
}

/** Starts the six programs from the last one to the edge and returns the port of the edge. */
export async function startFlaskChain(processes: Processes, python: string): Promise<number> {
  const start = async (role: string, ...calls: number[]): Promise<number> => {
    const urls = calls.map(port => `http://127.0.0.1:${port}`)
    // Without -B it would leave compiled files beside the program.
    return startListener(processes, `flask ${role}`, python, ['-B', `${PEERS}flask/chain.py`, role, ...urls])
  }
  const [cache, login] = await Promise.all([start('cache'), start('login')])
  const services = await start('services', await start('microservice', cache))
  return start('edge', await start('gateway', services, login))
}
