import { execFileSync, spawnSync } from 'node:child_process'
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePorts } from '@archlab/runtime/whole-lab'
import { type Ending, noOwnServers, OwnServer, type User } from './own-server.ts'

/** Where Debian keeps the programs of each version. */
const DEBIAN_VERSIONS = '/usr/lib/postgresql'

/** PostgreSQL refuses to run as root; then it runs as the user that its package made. */
const user = process.getuid?.() === 0 ? systemUser('postgres') : undefined

/** Why a PostgreSQL of one's own cannot be had; false when it can. */
export const noOwnPostgres: string | false = noOwnServers || missing()

/** A PostgreSQL of the test's own. */
export interface OwnPostgres {
  readonly server: OwnServer
  /** Address of its database. */
  readonly url: string
}

/**
 * Makes a cluster in a folder of its own, with the settings that PostgreSQL has by itself (`fsync` and
 * `synchronous_commit` are on), and starts it on a free port. It is killed after the test, and its data go.
 */
export async function ownPostgres(t: Ending): Promise<OwnPostgres> {
  const folder = mkdtempSync(join(tmpdir(), 'archlab-postgres-'))
  if (user) chownSync(folder, user.uid, user.gid)
  const [port] = (await freePorts(1)) as [number]
  const data = join(folder, 'data')
  const server = new OwnServer(t, {
    program: program('postgres'),
    args: ['-D', data, '-p', String(port), '-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories='],
    env: {},
    folder,
    port,
    user,
  })
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const init = ['-D', data, '-U', 'postgres', '--auth=trust', '--encoding=UTF8', '--locale=C', '--no-sync']
  execFileSync(program('initdb'), init, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'], ...user })
  await server.start()
  return { server, url: `postgres://postgres@127.0.0.1:${port}/postgres` }
}

/** The program of the newest version that is installed, or that of the path. */
function program(name: string): string {
  const versions = existsSync(DEBIAN_VERSIONS) ? readdirSync(DEBIAN_VERSIONS).sort((a, b) => Number(b) - Number(a)) : []
  const paths = versions.map(version => join(DEBIAN_VERSIONS, version, 'bin', name))
  return paths.find(path => existsSync(path)) ?? name
}

function missing(): string | false {
  if (['initdb', 'postgres'].some(name => spawnSync('which', [program(name)]).status !== 0)) {
    return 'PostgreSQL is not installed'
  }
  return process.getuid?.() === 0 && !user ? 'PostgreSQL refuses to run as root, and there is no user postgres' : false
}

function systemUser(name: string): User | undefined {
  const [uid, gid] = ['-u', '-g'].map(option => spawnSync('id', [option, name], { encoding: 'utf8' }))
  return uid?.status === 0 && gid?.status === 0 ? { uid: Number(uid.stdout), gid: Number(gid.stdout) } : undefined
}
