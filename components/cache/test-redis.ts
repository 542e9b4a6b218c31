import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eventually, freePorts } from '@archlab/runtime/whole-lab'
import { createClient } from '@redis/client'

/** The Redis of this machine. */
export const REDIS_URL = 'redis://127.0.0.1:6379'

/** Why there is nothing to test with; `undefined` when there is. */
export const noRedis = (): Promise<string | undefined> =>
  accepts(6379).then(there => (there ? undefined : 'no Redis on 127.0.0.1:6379'))

/** A test, or a file of tests, whose end others can wait for. */
export interface Ending {
  after(clean: () => void | Promise<void>): void
}

/** A prefix that no other test has; its keys are removed after the test. */
export function ownPrefix(t: Ending): string {
  const prefix = `archlab-test-${crypto.randomUUID()}:`
  t.after(async () => {
    const client = await createClient({ url: REDIS_URL }).connect()
    for await (const keys of client.scanIterator({ MATCH: `${prefix}*`, COUNT: 1000 })) {
      if (keys.length > 0) await client.del(keys)
    }
    client.destroy()
  })
  return prefix
}

/** True when something takes connections at the port. */
export function accepts(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect({ port, host: '127.0.0.1' })
    const end = (there: boolean): void => {
      socket.destroy()
      resolve(there)
    }
    socket.once('connect', () => end(true)).once('error', () => end(false))
  })
}

/** Whether a program is installed. */
export const installed = (program: string): boolean => spawnSync(program, ['--version']).error === undefined

/** A redis-server of the test's own, in a folder that goes with it. */
export interface OwnRedis {
  readonly port: number
  readonly folder: string
  /** Ends it like a power cut. */
  kill(): Promise<void>
}

/** Starts a redis-server that keeps nothing on disk; it ends after the test. `port` is one of `freePorts` unless given. */
export async function ownRedis(
  t: Ending,
  options: readonly string[] = [],
  given?: { port?: number; folder?: string },
): Promise<OwnRedis> {
  const port = given?.port ?? (await freePorts(1))[0]!
  const folder = given?.folder ?? mkdtempSync(join(tmpdir(), 'archlab-redis-'))
  const plain = options.includes('--tls-port') ? [] : ['--port', String(port)]
  const args = [...plain, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder, ...options]
  const child = spawn('redis-server', args, { stdio: 'ignore' })
  const exited = new Promise<void>(resolve => child.once('exit', () => resolve()))
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL')
    await exited
  }
  t.after(async () => {
    await kill()
    rmSync(folder, { recursive: true, force: true })
  })
  await eventually(() => accepts(port), 'redis-server takes connections')
  return { port, folder, kill }
}

/** A cluster of three masters, each with a third of the slots. */
export async function ownCluster(t: Ending): Promise<OwnRedis[]> {
  // A node of a cluster also listens at its port and 10,000.
  const nodes: OwnRedis[] = []
  for (const port of await freePorts(3)) {
    const bus = (await freePorts(1))[0]!
    nodes.push(await ownRedis(t, ['--cluster-enabled', 'yes', '--cluster-port', String(bus)], { port }))
  }
  const addresses = nodes.map(({ port }) => `127.0.0.1:${port}`)
  execFileSync('redis-cli', ['--cluster', 'create', ...addresses, '--cluster-yes'], { stdio: 'ignore' })
  await eventually(
    () => nodes.every(({ port }) => /cluster_state:ok/.test(redisCli(port, 'cluster', 'info'))),
    'the cluster is complete',
    30_000,
  )
  return nodes
}

/** What redis-cli prints. */
export const redisCli = (port: number, ...command: string[]): string =>
  execFileSync('redis-cli', ['-p', String(port), ...command], { encoding: 'utf8' })

/** A certificate for 127.0.0.1 that vouches for itself, made by openssl: paths, and the text of the certificate. */
export function selfSigned(t: Ending): { cert: string; key: string; pem: string } {
  const folder = mkdtempSync(join(tmpdir(), 'archlab-tls-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const cert = join(folder, 'cert.pem')
  const key = join(folder, 'key.pem')
  const subject = ['-subj', '/CN=archlab test', '-addext', 'subjectAltName=IP:127.0.0.1']
  const made = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', ...subject, '-keyout', key, '-out', cert]
  execFileSync('openssl', made, { stdio: 'ignore' })
  return { cert, key, pem: readFileSync(cert, 'utf8') }
}
