import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LabStatus, ProfileRequest } from '@archlab/runtime/lab'
import type { Topology } from '@archlab/runtime/topology'
import { type ProfiledLab, RecordedLab, type RecordingPlan } from './recording.ts'

/** A lab of two replicas whose figures and clock the test sets. */
class FakeLab implements ProfiledLab {
  readonly topology = {} as Topology
  readonly isFresh = true
  nowMs = 0
  received = 0
  busy = { a: 0, b: 0 }
  readonly orders: ProfileRequest[] = []

  async status(): Promise<LabStatus> {
    const replica = (utilisation: number) => ({ utilisation })
    const components = {
      a: { received: this.received, replicas: { 'a/0': replica(this.busy.a) } },
      b: { received: 0, replicas: { 'b/0': replica(this.busy.b) } },
    }
    return { components } as unknown as LabStatus
  }

  finish = (): Promise<LabStatus> => this.status()
  failure = (): null => null

  async profile(request: ProfileRequest) {
    this.orders.push(request)
    return request.action === 'stop' ? [{ thread: 'a/0', replicas: ['a/0'], file: '/x' }] : []
  }
}

function record(plan: Partial<RecordingPlan>): { lab: FakeLab; recorded: RecordedLab } {
  const lab = new FakeLab()
  const all = { of: 'cpu', interval: 500, replicas: null, entry: 'a', afterMs: 0, saturation: null } as const
  const recorded = new RecordedLab(lab, { ...all, forMs: 60_000, folder: '/tmp', ...plan }, () => lab.nowMs)
  return { lab, recorded }
}

const actions = (lab: FakeLab): string[] => lab.orders.map(({ action }) => action)

test('a recording begins when the warm-up of the load is over, and counts the requests from then on', async () => {
  const { lab, recorded } = record({ afterMs: 2000 })
  await recorded.status()
  recorded.progressed(-100)
  lab.nowMs = 2050
  recorded.progressed(1950)
  await recorded.status()
  assert.deepEqual(actions(lab), [])
  lab.nowMs = 2200
  lab.received = 100
  recorded.progressed(2100)
  await recorded.status()
  lab.nowMs = 5200
  await recorded.status()
  lab.received = 350
  await recorded.finish()
  assert.deepEqual(actions(lab), ['start', 'stop'])
  assert.deepEqual([recorded.recording!.requests, recorded.recording!.windowMs], [250, 3000])
})

test('it ends by itself after its time', async () => {
  const { lab, recorded } = record({ forMs: 1000 })
  await recorded.status()
  lab.nowMs = 999
  await recorded.status()
  assert.equal(recorded.recording, null)
  lab.nowMs = 1000
  await recorded.status()
  assert.equal(recorded.recording!.windowMs, 1000)
  await recorded.finish()
  assert.deepEqual(actions(lab), ['start', 'stop'])
})

test('on saturation only the replica is recorded whose event loop is, and never for its first look', async () => {
  const { lab, recorded } = record({ saturation: 0.95 })
  lab.busy = { a: 1, b: 1 }
  await recorded.status()
  lab.busy = { a: 0.94, b: 0.5 }
  await recorded.status()
  assert.deepEqual(actions(lab), [])
  assert.deepEqual(recorded.peak, { replica: 'a/0', utilisation: 0.94 })
  lab.busy = { a: 0.5, b: 0.96 }
  await recorded.status()
  const [order] = lab.orders
  assert.deepEqual(order?.action === 'start' && order.replicas, ['b/0'])
})

test('what cannot begin is told at the end', async () => {
  const { lab, recorded } = record({})
  lab.profile = () => Promise.reject(new Error('refused'))
  await assert.rejects(recorded.status(), /refused/)
  await assert.rejects(recorded.finish(), /refused/)
})

test('a load that ends before its warm-up leaves no recording', async () => {
  const { lab, recorded } = record({ afterMs: 1000 })
  await recorded.status()
  await recorded.finish()
  assert.equal(recorded.recording, null)
  assert.deepEqual(actions(lab), [])
})
