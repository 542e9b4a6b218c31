import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { eventually } from '@archlab/runtime/whole-lab'
import { TRANSPORTS } from './support/lab5.ts'
import { get, post, Victim } from './support/victim.ts'

/* Clients that leave before they are answered: counted, their work called off, nothing left behind. */

const MEGABYTE = 1024 * 1024

test('Clients that leave', async t => {
  const victim = await Victim.start(t)
  t.afterEach(() => victim.assertWell())
  await t.test('a client that leaves in the midst of its body is counted as abandoned', () => testLeftInBody(victim))
  await t.test('a client that leaves in the midst of a large reply does no harm', () => testLeftInReply(victim))
})

for (const transport of TRANSPORTS) {
  test(`over ${transport} links a client that leaves is counted as abandoned, and the work behind is called off`, async t => {
    const victim = await Victim.start(t, transport)
    const clients = Array.from({ length: 20 }, () => connect({ port: victim.port(), host: '127.0.0.1' }))
    for (const client of clients) client.write(get('/slow'))
    const count = async (name: string): Promise<number> => (await victim.counts('echo')).counters[name]!
    await eventually(async () => (await count('started')) === 20, 'all 20 are at work')
    assert.equal((await victim.counts('edge')).inFlight, 20)
    for (const client of clients) client.destroy()
    await eventually(async () => (await count('cancelled')) === 20, 'all 20 are called off')
    await victim.assertWell()
    for (const component of ['edge', 'gateway', 'echo']) {
      const { abandoned, statuses } = await victim.counts(component)
      assert.deepEqual({ abandoned, statuses }, { abandoned: 20, statuses: { 200: 1 } }, component)
    }
  })

  test(`over ${transport} links every request of clients that come and go is counted once, answered or abandoned`, async t => {
    const victim = await Victim.start(t, transport)
    const targets = ['/raw', '/slow', '/cache/key', '/nowhere', '/slow?again']
    const visits = Array.from({ length: 300 }, (_, index) => index)
    await Promise.all(
      visits.map(async index => {
        const client = connect({ port: victim.port(), host: '127.0.0.1' })
        client.on('error', () => {})
        client.resume()
        await once(client, 'connect')
        client.write(get(targets[index % targets.length]!))
        // Spread over asking, working and answering.
        await sleep((index * 7) % 60)
        client.destroy()
      }),
    )
    await victim.assertWell()
    const { received, abandoned } = await victim.counts('edge')
    assert.ok(abandoned > 0 && received <= visits.length + 1, `${abandoned} of ${received} abandoned`)
  })
}

async function testLeftInBody(victim: Victim): Promise<void> {
  const before = await victim.counts('edge')
  const behind = await victim.counts('gateway')
  for (const message of [
    post('/raw', 'Content-Length: 1000\r\n', 'only this'),
    post('/raw', 'Transfer-Encoding: chunked\r\n', '10\r\nonly this'),
  ]) {
    await new Promise<void>(resolve => {
      const client = connect({ port: victim.port(), host: '127.0.0.1' }, () => client.end(message, () => resolve()))
      client.on('error', () => {})
      client.resume()
    })
  }
  await eventually(async () => (await victim.counts('edge')).abandoned === before.abandoned + 2, 'both are abandoned')
  assert.equal((await victim.counts('edge')).received, before.received + 2)
  assert.equal((await victim.counts('gateway')).received, behind.received, 'nobody behind the edge was asked')
}

async function testLeftInReply(victim: Victim): Promise<void> {
  const body = Buffer.alloc(MEGABYTE, 'b')
  await Promise.all(
    Array.from({ length: 10 }, async () => {
      const client = connect({ port: victim.port(), host: '127.0.0.1' })
      client.on('error', () => {})
      client.write(post('/raw', `Content-Length: ${body.length}\r\n`))
      client.write(body)
      await new Promise(resolve => client.once('data', resolve))
      client.destroy()
    }),
  )
}
