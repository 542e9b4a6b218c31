import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openLab } from './test-lab.ts'

const LAB = `
name: edited
components:
  front: { kind: load-balancer, port: 8000, to: back, outliers: { failures: 0 }, tactics: [{ rate-limit: { max: 3, per: 60s } }] }
  back: { kind: service, replicas: 2, script: [{ work: 10ms }] }
  spare: { kind: service, port: 8001, script: [{ work: 20ms }] }
  station: { kind: station, port: 8002, service: 5ms }
`
const edit = { action: 'edit', patches: { any: 1 } } as const

test('settings and tactics change in place, between two requests, and what stays keeps its state', async t => {
  const { lab, seen, ask, perform, untilMs } = await openLab(t, LAB, {}, [
    ['components.back.script=[{"work": "30ms"}]'],
    ['components.front.tactics.rate-limit=off'],
  ])
  perform(5, edit)
  for (const atMs of [0, 100, 200, 300]) ask(atMs)
  perform(400, edit)
  ask(500)
  await untilMs(1000)
  assert.deepEqual(
    seen.map(({ status, atMs }) => [status, atMs]),
    [
      [200, 10],
      [200, 130],
      [200, 230],
      [429, 300],
      [200, 530],
    ],
  )
  const { replicas } = lab.status().components.back!
  assert.deepEqual(
    Object.values(replicas).map(({ restarts }) => restarts),
    [0, 0],
  )
})

test('replicas come and go, and are called as long as they are there', async t => {
  const text = LAB.replace('max: 3', 'max: 1000')
  const { lab, seen, ask, untilMs } = await openLab(t, text, {}, [
    ['components.back.replicas=4'],
    ['components.back.replicas=1'],
  ])
  const answered = async (fromMs: number): Promise<string[]> => {
    const before = seen.length
    for (let at = 0; at < 8; at++) ask(fromMs + at)
    await untilMs(fromMs + 90)
    return [...new Set(seen.slice(before).map(({ replica }) => replica))].sort()
  }
  assert.deepEqual(await answered(0), ['back/0', 'back/1'])
  let affected: readonly string[] = []
  lab.clock.at(100, () => void lab.perform(edit).then(names => (affected = names)))
  assert.deepEqual(await answered(110), ['back/0', 'back/1', 'back/2', 'back/3'])
  assert.ok(affected.includes('back/2') && affected.includes('back/3'), affected.join())
  lab.clock.at(300, () => void lab.perform(edit))
  assert.deepEqual(await answered(310), ['back/0'])
  assert.ok(seen.every(({ status }) => status === 200))
  const states = Object.entries(lab.status().components.back!.replicas).map(([name, { state }]) => `${name} ${state}`)
  assert.deepEqual(states.slice(0, 2), ['back/0 ready', 'back/1 drained'])
})

test('targets and policies change', async t => {
  const text = LAB.replace('max: 3', 'max: 1000')
  const { seen, ask, perform, untilMs } = await openLab(t, text, {}, [
    ['components.front.to=[spare, back]', 'components.front.policy={"weighted-round-robin": {"spare": 2}}'],
    ['components.front.to=spare', 'components.front.policy=random'],
  ])
  const answered = async (fromMs: number, count: number): Promise<Record<string, number>> => {
    const before = seen.length
    for (let at = 0; at < count; at++) ask(fromMs + at)
    await untilMs(fromMs + 90)
    const names = seen.slice(before).map(({ replica }) => replica.split('/', 1)[0]!)
    return { spare: names.filter(name => name === 'spare').length, back: names.filter(name => name === 'back').length }
  }
  assert.deepEqual(await answered(0, 4), { spare: 0, back: 4 })
  perform(100, edit)
  assert.deepEqual(await answered(110, 8), { spare: 4, back: 4 })
  perform(300, edit)
  assert.deepEqual(await answered(310, 4), { spare: 4, back: 0 })
})

test('what cannot change in place is restarted', async t => {
  const { lab, perform, untilMs } = await openLab(t, LAB, {}, [['components.station.service=7ms']])
  perform(10, edit)
  await untilMs(100)
  const { state, restarts } = lab.status().components.station!.replicas['station/0']!
  assert.deepEqual([state, restarts], ['ready', 1])
})

test('components that come or go are left out, and the reason is told', async t => {
  const { lab, seen, ask, untilMs } = await openLab(t, LAB, {}, [['components.spare=off']])
  await assert.rejects(lab.perform(edit), /components that come or go are not simulated: spare/)
  await assert.rejects(lab.perform(edit), /only knows the edits/)
  ask(0)
  await untilMs(50)
  assert.equal(seen[0]!.status, 200)
})

test('an edit gives the same counts every time', async t => {
  const counts = async (): Promise<unknown> => {
    const { lab, ask, perform, untilMs } = await openLab(t, LAB, {}, [
      ['components.back.script=[{"work": {"exponential": "9ms"}}]'],
    ])
    perform(5, edit)
    for (const atMs of [0, 4, 6, 8]) ask(atMs)
    await untilMs(500)
    const { received, latency } = lab.status().components.back!
    return [received, latency]
  }
  assert.deepEqual(await counts(), await counts())
})
