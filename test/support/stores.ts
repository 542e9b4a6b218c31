import { connect } from 'node:net'
import type { TestContext } from 'node:test'

/** Servers that the tests of real stores talk to, where they are there. */
export const SERVERS = { Redis: 6379, PostgreSQL: 5432, RabbitMQ: 5672 } as const
type Server = keyof typeof SERVERS

/** Skips the test, and tells why, when one of these servers is not there. */
export async function needs(t: TestContext, ...servers: Server[]): Promise<boolean> {
  for (const server of servers) {
    if (await accepts(SERVERS[server])) continue
    t.skip(`no ${server} on 127.0.0.1:${SERVERS[server]}`)
    return false
  }
  return true
}

/** True when something takes connections at the port. */
function accepts(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect({ port, host: '127.0.0.1' })
    const end = (there: boolean): void => {
      socket.destroy()
      resolve(there)
    }
    socket.once('connect', () => end(true)).once('error', () => end(false))
  })
}

/** A word that no other test uses: for key prefixes, schemas and queues. */
export const unique = (): string => `archlab_test_${crypto.randomUUID().replaceAll('-', '')}`

/** Removes a schema after the test; `psql` is a client that the tests need anyway. */
export function dropSchemaAfter(t: TestContext, schema: string): void {
  t.after(async () => {
    const { execFileSync } = await import('node:child_process')
    const command = `SET client_min_messages = warning; DROP SCHEMA IF EXISTS "${schema}" CASCADE`
    execFileSync('psql', ['-q', '-h', '127.0.0.1', '-U', 'postgres', '-c', command, 'test'], { stdio: 'ignore' })
  })
}
