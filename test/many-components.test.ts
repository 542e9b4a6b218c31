import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { balancedTree, callMany, eventually, httpCall, type LabUnderTest, startLab } from '@archlab/runtime/whole-lab'
import { catalogs, supportModule } from './support/lab5.ts'
import { isAlive } from './support/listening.ts'

/* Trees of services, far larger than what one draws by hand: every service is there, called, and counted to the unit. */

const FAN_OUT = 10
const LODGER = supportModule('lodger.ts')

/** A tree of services: `GET /all` visits every one of them, `GET /path` the first child of each until a leaf is reached. */
function treeText(count: number, threads: number | 'per-replica'): string {
  const nodes = balancedTree(count, FAN_OUT).map(({ name, children }) => {
    const port = name === 'n0' ? ', port: 8000' : ''
    if (children.length === 0) return `  ${name}: { kind: service${port} }`
    const all = children.map(child => `{ call: ${child}, request: GET /all }`).join(', ')
    return `  ${name}:
    kind: service${port.replace(', ', '\n    ')}
    endpoints:
      GET /all: [ { parallel: [ ${all} ] } ]
      GET /path: [ { call: ${children[0]}, request: GET /path } ]`
  })
  return `name: tree\nthreads: ${threads}\ncomponents:\n${nodes.join('\n')}\n`
}

function startTree(t: TestContext, count: number, threads: number | 'per-replica'): Promise<LabUnderTest> {
  return startLab(t, treeText(count, threads), { catalogs, threads: 'per-replica' })
}

/** Sends requests of both kinds; resolves to the replies of every service, by name. */
async function visit(lab: LabUnderTest, all: number, path: number): Promise<Record<string, Record<string, number>>> {
  const ask = (width: number, target: string, count: number) =>
    callMany(count, width, (_index, agent) => httpCall(lab.url('n0') + target, { agent, timeoutMs: 60_000 }))
  assert.deepEqual(await ask(2, '/all', all), { 200: all })
  assert.deepEqual(await ask(4, '/path', path), { 200: path })
  const { components } = await lab.lab.status()
  return Object.fromEntries(Object.entries(components).map(([name, { statuses }]) => [name, statuses]))
}

/** What every service has to have answered. */
function expected(count: number, all: number, path: number): Record<string, Record<string, number>> {
  const onPath = new Set<string>()
  const nodes = balancedTree(count, FAN_OUT)
  for (let name = 'n0'; name !== undefined; name = nodes[Number(name.slice(1))]!.children[0]!) onPath.add(name)
  return Object.fromEntries(nodes.map(({ name }) => [name, { 200: all + (onPath.has(name) ? path : 0) }]))
}

test('a thousand services in one tree start in two threads; a request through the root visits each of them once', async t => {
  const lab = await startTree(t, 1000, 2)
  const [hostPid] = lab.lab.hostPids
  assert.deepEqual(await visit(lab, 3, 40), expected(1000, 3, 40))
  const { components } = await lab.close()
  const replicas = Object.values(components).flatMap(one => Object.values(one.replicas))
  assert.equal(replicas.length, 1000)
  assert.deepEqual([...new Set(replicas.map(({ state }) => state))], ['closed'])
  assert.deepEqual([...new Set(replicas.map(({ thread }) => thread))].sort(), ['thread-0', 'thread-1'])
  assert.deepEqual(lab.logged, [])
  assert.equal(isAlive(hostPid!), false)
})

for (const threads of [3, 'per-replica'] as const) {
  test(`forty services in one tree answer and count to the unit with threads: ${threads}`, async t => {
    const lab = await startTree(t, 40, threads)
    assert.deepEqual(await visit(lab, 20, 200), expected(40, 20, 200))
    assert.deepEqual(lab.logged, [])
  })
}

test('when a thread with five hundred services dies all of them come back, and the tree answers as before', async t => {
  const last = 'n999'
  const text = treeText(1000, 2).replace(`${last}: { kind: service }`, `${last}: { kind: ${LODGER}, port: 8001 }`)
  const lab = await startLab(t, text, { catalogs })
  await visit(lab, 1, 1)
  assert.equal((await httpCall(`${lab.url(last)}/throw-later`)).status, 200)
  await eventually(async () => isWhole(await lab.lab.status(), last), 'everyone is back and connected', 60_000)
  const counts = await visit(lab, 2, 1)
  assert.deepEqual(counts, { ...expected(1000, 3, 2), [last]: { 200: 3 + 1 } })
  const [died, ...gone] = lab.logged
  assert.deepEqual([died!.event, died!.fields.thread, died!.fields.replicas], ['thread-died', 'thread-1', 500])
  assert.deepEqual(died!.fields.suspects, [`${last}/0`])
  assert.deepEqual(
    gone.map(({ event, component }) => `${event} ${component}`),
    Array.from({ length: 500 }, (_, index) => `replica-died n${2 * index + 1}`),
  )
})

/** The thread of `component` has been started again and the other one has not; every link has found its target. */
function isWhole(status: Awaited<ReturnType<LabUnderTest['lab']['status']>>, component: string): boolean {
  const replicaOf = (name: string) => status.components[name]!.replicas[`${name}/0`]!
  const { thread } = replicaOf(component)
  return Object.keys(status.components).every(name => {
    const one = replicaOf(name)
    const isUp = one.state === 'ready' && one.links.every(({ gauges }) => gauges.up === 1)
    return isUp && one.restarts === (one.thread === thread ? 1 : 0)
  })
}
