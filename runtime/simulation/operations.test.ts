import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openLab } from './test-lab.ts'

const LAB = `
name: operated
components:
  front: { kind: load-balancer, port: 8000, to: back, outliers: { failures: 0 } }
  back: { kind: service, replicas: 2, script: [{ work: 10ms }] }
`
const statuses = (seen: readonly { status: number }[]): number[] => seen.map(({ status }) => status)

for (const action of ['exit', 'throw'] as const) {
  test(`${action}: the replica dies with what it had and comes back after the back-off`, async t => {
    const { lab, seen, ask, perform, untilMs } = await openLab(t, LAB)
    for (const atMs of [0, 0, 20, 21]) ask(atMs)
    perform(5, { action, target: 'back/1' })
    await untilMs(80)
    assert.deepEqual(statuses(seen).sort(), [200, 200, 200, 502])
    assert.deepEqual(new Set(seen.slice(2).map(({ replica }) => replica)), new Set(['back/0']))
    await untilMs(1000)
    const { state, restarts } = lab.status().components.back!.replicas['back/1']!
    assert.deepEqual([state, restarts], ['ready', 1])
  })
}

test('fault: a share of the calls is answered with the status, later by a time, and only for so long', async t => {
  const { seen, ask, perform, untilMs } = await openLab(t, LAB)
  const fault = { action: 'fault', target: 'front', by: null, forMs: 1000 } as const
  perform(0, { ...fault, ratio: 1, status: 503 })
  for (const atMs of [1, 500, 1001]) ask(atMs)
  await untilMs(1100)
  assert.deepEqual(
    seen.map(({ status, atMs }) => [status, atMs]),
    [
      [503, 1],
      [503, 500],
      [200, 1011],
    ],
  )
  perform(1200, { ...fault, ratio: 0.3, status: 500 })
  for (let at = 0; at < 500; at++) ask(1201 + at)
  await untilMs(2000)
  const failed = statuses(seen).filter(status => status === 500).length
  assert.ok(Math.abs(failed - 150) < 40, `${failed} of 500`)
})

test('fault: what is delayed comes later, and what gets lost ends with the timeout of the link', async t => {
  const text = LAB.replace('to: back,', 'to: back, timeout: 200ms,')
  const { seen, ask, perform, untilMs } = await openLab(t, text)
  const fault = { action: 'fault', target: 'front', ratio: 1, forMs: 100 } as const
  perform(0, { ...fault, status: 503, by: { type: 'constant', valueMs: 30 } })
  ask(1)
  perform(300, { ...fault, status: null, by: null })
  ask(301)
  await untilMs(1000)
  assert.deepEqual(statuses(seen), [503, 504])
  assert.ok(seen[0]!.atMs >= 31 && seen[1]!.atMs >= 500, JSON.stringify(seen))
})
