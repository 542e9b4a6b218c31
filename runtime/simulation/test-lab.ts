import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { components } from '@archlab/components/catalog'
import { tactics } from '@archlab/tactics/catalog'
import { type Reply, Request } from '../kit/index.ts'
import type { Operation } from '../topology/environment-spec.ts'
import { loadTopology, type Topology } from '../topology/index.ts'
import { SimulatedLab, type SimulatedLabOptions } from './simulated-lab.ts'

type Asked = Partial<Pick<Request, 'method' | 'path' | 'body' | 'headers'>>

/**
 * A simulated lab that is closed after the test, and one client of its component `front`; times on its clock. `edits` are what its
 * `edit` operations do, one after the other: patches as `--set` takes them.
 */
export async function openLab(
  t: { after(end: () => Promise<void>): void },
  text: string,
  options?: SimulatedLabOptions,
  edits: readonly (readonly string[])[] = [],
) {
  const folder = mkdtempSync(join(tmpdir(), 'archlab-simulated-'))
  const file = join(folder, 'topology.yaml')
  writeFileSync(file, text)
  const load = async (set: readonly string[]): Promise<Topology> => {
    const { topology, problems } = await loadTopology(file, { catalogs: { components, tactics }, env: {}, set })
    assert.ok(topology, problems.map(({ message }) => message).join())
    return topology
  }
  const topology = await load([])
  const topologies = await Promise.all(edits.map((_, at) => load(edits.slice(0, at + 1).flat())))
  rmSync(folder, { recursive: true })
  const lab = await SimulatedLab.open(topology, { ...options, edits: topologies })
  t.after(() => lab.close())
  const seen: { status: number; replica: string; atMs: number; body: string }[] = []
  const connection = lab.connect('front')
  const ask = (atMs: number, asked: Asked = {}): void => {
    lab.clock.at(atMs, () => {
      const request = new Request({ method: 'GET', path: '/', ...asked, arrivedAtMs: atMs })
      connection.send(request, (reply: Reply | null) => {
        const { status = 0, replica = '', body = '' } = reply ?? {}
        seen.push({ status, replica, atMs: lab.clock.nowMs(), body: String(body) })
      })
    })
  }
  const perform = (atMs: number, operation: Operation): void => {
    lab.clock.at(atMs, () => void lab.perform(operation))
  }
  const untilMs = (ms: number): Promise<void> => {
    let over = false
    lab.clock.at(ms, () => {
      over = true
    })
    return lab.clock.run(() => over)
  }
  return { lab, seen, ask, perform, untilMs }
}
