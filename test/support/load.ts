import { existsSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { loadTopology } from '@archlab/runtime/topology'
import { freePorts } from '@archlab/runtime/whole-lab'
import { Ajv } from 'ajv'
import { Cli, folderWith } from './cli.ts'
import { catalogs } from './lab5.ts'

/** A lab with a login and a limit: after 30 requests a minute its gateway refuses. */
export async function smallLab(t: TestContext): Promise<{ folder: string; file: string; port: number }> {
  const [port] = await freePorts(1)
  const folder = folderWith(t, { 'topology.yaml': SMALL.replace('PORT', String(port)) })
  return { folder, file: join(folder, 'topology.yaml'), port: port! }
}

const SMALL = `
name: small
threads: 2
components:
  edge: { kind: load-balancer, port: PORT, to: gateway }
  gateway:
    kind: api-gateway
    tactics: [{ rate-limit: { max: 30, per: 60s } }]
    routes:
      - { match: POST /login, to: login }
      - { match: GET /data, to: service, path: /process, tactics: [{ auth: { verify: remote, with: login } }] }
  service: { kind: microservice }
  login: { kind: login }
workloads:
  fifty:
    entry: edge
    arrivals: { closed: { users: 5 } }
    login: { request: POST /login, json: { username: user1, password: "\${PASSWORD:-password123}" }, token: token }
    requests:
      - { request: GET /data, count: 40 }
      - { request: GET /nowhere, count: 10 }
  steady:
    entry: edge
    arrivals: { constant: 50/s }
    duration: 10m
    requests: [{ request: GET /data }]
`

/** Options that put every port of a topology onto a free one, and its replicas into two threads. */
export async function onFreePorts(file: string): Promise<string[]> {
  const { topology } = await loadTopology(file, { catalogs, env: {} })
  const sets = ['--set', 'threads=2']
  for (const { name, listen } of Object.values(topology!.components)) {
    if (!listen) continue
    const ports = await freePorts(listen.ports.length)
    sets.push('--set', `components.${name}.${listen.shared ? `port=${ports[0]}` : `ports=[${ports}]`}`)
  }
  return sets
}

export interface LoadRun {
  code: number | string
  stdout: string
  stderr: string
  /** `result.json`; `undefined` when there is none. */
  result: any
  /** A file of the results. */
  text(name: string): string
}

/** Runs `archlab load` to its end, with its results in a folder of their own. */
export async function load(
  t: TestContext,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<LoadRun> {
  const folder = join(folderWith(t, {}), 'results')
  const { code, stdout, stderr } = await Cli.run(t, ['load', ...args, '--output', folder], { env })
  const text = (name: string): string => readFileSync(join(folder, name), 'utf8')
  const result = existsSync(join(folder, 'result.json')) ? JSON.parse(text('result.json')) : undefined
  return { code, stdout, stderr, result, text }
}

const SCHEMA = fileURLToPath(new URL('../../bench/load/result.schema.json', import.meta.url))

/** Checks results against the published schema; what is wrong, or nothing. */
export function schemaErrors(result: unknown): unknown[] {
  const validate = new Ajv({ allowUnionTypes: true }).compile(JSON.parse(readFileSync(SCHEMA, 'utf8')))
  return validate(result) ? [] : (validate.errors ?? [])
}

/** The exit code of a run that went as it should, given its verdict: on a busy machine a generator may be late. */
export const codeOf = ({ validity }: { validity: { verdict: string } }, valid: 0 | 1 = 0): number =>
  validity.verdict === 'valid' ? valid : 3

/** Whether somebody takes connections at a port of this machine. */
export function isListening(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1')
    const tell = (found: boolean): void => {
      socket.destroy()
      resolve(found)
    }
    socket.once('connect', () => tell(true))
    socket.once('error', () => tell(false))
  })
}

/** Sum of the numbers of a mapping, or of a list. */
export const sum = (values: Record<string, number> | readonly number[]): number =>
  Object.values(values).reduce((total, value) => total + value, 0)
