import { execFileSync, spawnSync } from 'node:child_process'
import { connect } from 'node:net'
import type { TestContext } from 'node:test'

/** Servers that the tests of real stores talk to, where they are there. */
export const SERVERS = { Redis: 6379, PostgreSQL: 5432, RabbitMQ: 5672 } as const
type Server = keyof typeof SERVERS

/** A database that tests may make schemas in. */
export const POSTGRES_URL = `postgres://postgres@127.0.0.1:${SERVERS.PostgreSQL}/test`

/** Skips the test, and tells why, when one of these servers is not there, or does not let the tests in. */
export async function needs(t: TestContext, ...servers: Server[]): Promise<boolean> {
  for (const server of servers) {
    const there = server === 'PostgreSQL' ? sql('SELECT 1') : await accepts(SERVERS[server])
    if (there) continue
    t.skip(server === 'PostgreSQL' ? `no PostgreSQL at ${POSTGRES_URL}` : `no ${server} on port ${SERVERS[server]}`)
    return false
  }
  return true
}

/** True when PostgreSQL has carried out a statement. */
const sql = (text: string): boolean => spawnSync('psql', ['-q', '-w', '-c', text, POSTGRES_URL]).status === 0

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

/** Removes a schema after the test. */
export function dropSchemaAfter(t: TestContext, schema: string): void {
  t.after(() => {
    if (!sql(`DROP SCHEMA IF EXISTS "${schema}" CASCADE`)) throw new Error(`the schema ${schema} is left behind`)
  })
}

/** Removes the keys with a prefix after the test. */
export function forgetKeysAfter(t: TestContext, prefix: string): void {
  t.after(() => {
    const keys = execFileSync('redis-cli', ['--scan', '--pattern', `${prefix}*`], { encoding: 'utf8' })
    for (const key of keys.split('\n').filter(Boolean)) execFileSync('redis-cli', ['del', key], { stdio: 'ignore' })
  })
}
