import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { type TestContext, test } from 'node:test'
import type { ComponentSpec, Topology } from '../topology/topology.ts'
import { assertPortFree, assertPortsFree, holderOf } from './ports.ts'

/** A port of 127.0.0.1 that this process holds until the test ends, or until `release` is called. */
async function heldPort(t: TestContext, host = '127.0.0.1'): Promise<{ port: number; release: () => Promise<void> }> {
  const server = createServer()
  server.listen(0, host)
  await once(server, 'listening')
  const release = async (): Promise<void> => {
    if (!server.listening) return
    server.close()
    await once(server, 'close')
  }
  t.after(release)
  return { port: (server.address() as AddressInfo).port, release }
}

test('a port that nobody holds is free, and stays free after the look', async t => {
  const { port, release } = await heldPort(t)
  await release()
  await assertPortFree('127.0.0.1', port, 'component edge')
  await assertPortFree('127.0.0.1', port, 'component edge')
  assert.equal(holderOf(port), null)
})

test('a port that is held is refused with LAB_PORT_IN_USE and names user and port', async t => {
  const { port } = await heldPort(t)
  await assert.rejects(assertPortFree('127.0.0.1', port, 'component edge'), (error: Error & { code?: string }) => {
    assert.equal(error.code, 'LAB_PORT_IN_USE')
    assert.match(error.message, new RegExp(`port ${port} of component edge`))
    return true
  })
})

test('a port that is held on every address is refused on one', async t => {
  const { port } = await heldPort(t, '0.0.0.0')
  await assert.rejects(assertPortFree('127.0.0.1', port, 'component edge'), { code: 'LAB_PORT_IN_USE' })
})

const LINUX_ONLY = process.platform !== 'linux' && 'only Linux tells which process holds a port'

test('the holder of a port is named with its process id, and the hint says how to end it', {
  skip: LINUX_ONLY,
}, async t => {
  const { port } = await heldPort(t)
  assert.equal(holderOf(port)?.pid, process.pid)
  await assert.rejects(
    assertPortFree('127.0.0.1', port, 'component edge'),
    (error: Error & { hint?: string }) =>
      error.message.includes(`process ${process.pid} (`) && error.hint?.includes(`kill ${process.pid}`) === true,
  )
})

test('an address that is not one of this machine is refused with LAB_PORT_UNAVAILABLE and the cause', async () => {
  // 203.0.113.0/24 is for documentation (RFC 5737), so no machine has it.
  await assert.rejects(assertPortFree('203.0.113.7', 18_000, 'component edge'), (error: Error & { code?: string }) => {
    assert.equal(error.code, 'LAB_PORT_UNAVAILABLE')
    assert.match(error.message, /component edge cannot listen on 203\.0\.113\.7:18000 \(EADDRNOTAVAIL\)/)
    return true
  })
})

const topologyOf = (listen: readonly (readonly [string, readonly number[]])[]): Topology => ({
  name: 'test',
  file: '/test/topology.yaml',
  seed: 1,
  threads: 'per-replica',
  components: Object.fromEntries(
    listen.map(([name, ports]) => {
      const spec = { name, listen: ports.length === 0 ? null : { host: '127.0.0.1', ports, shared: false } }
      return [name, spec as unknown as ComponentSpec]
    }),
  ),
  workloads: {},
  scenarios: {},
  experiments: {},
  secrets: [],
})

test('every port of a topology is looked at, the last of the last component too', async t => {
  const free = await heldPort(t)
  const held = await heldPort(t)
  await free.release()
  await assertPortsFree(
    topologyOf([
      ['inner', []],
      ['edge', [free.port]],
    ]),
  )
  await assert.rejects(
    assertPortsFree(
      topologyOf([
        ['inner', []],
        ['edge', [free.port, held.port]],
      ]),
    ),
    {
      code: 'LAB_PORT_IN_USE',
      message: new RegExp(`port ${held.port} of component edge`),
    },
  )
})
