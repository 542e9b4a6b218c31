import assert from 'node:assert/strict'
import { createServer, type Server, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { type Reply, Request, seededRandom } from '../../kit/index.ts'
import { FakeClock } from '../../testing/fake-context.ts'
import { HttpTarget } from './http-target.ts'

const request = new Request({ method: 'GET', path: '/' })
const GOOD = 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'

/** A server that answers the first requests, so many of them, and keeps the others waiting; and a target that leads there. */
async function reached(t: TestContext, { answers }: { answers: number }) {
  const sockets = new Set<Socket>()
  let heard = 0
  let wake = (): void => {}
  const server: Server = createServer(socket => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('data', () => {
      heard += 1
      if (heard <= answers) socket.write(GOOD)
      wake()
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const { port } = server.address() as { port: number }
  const clock = new FakeClock()
  const target = new HttpTarget(
    {
      replica: 'callee/0',
      component: 'callee',
      weight: 1,
      transport: 'http',
      linkToken: '',
      access: 'anyone',
      headLimitBytes: 8192,
      address: null,
    },
    { self: 'caller/0', random: seededRandom(1), nowMs: () => clock.nowMs(), origin: `http://127.0.0.1:${port}` },
  )
  /** Resolves when so many requests have arrived. */
  const hears = (count: number): Promise<void> =>
    new Promise(resolve => {
      wake = () => {
        if (heard >= count) resolve()
      }
      wake()
    })
  return { target, hears, heard: () => heard }
}

const isLost = (reply: Reply): void => {
  assert.equal(reply.status, 502)
  assert.match(reply.headers, /connection_terminated/)
}

test('calls under way to a replica that has gone are answered 502 at once', async t => {
  const { target, hears } = await reached(t, { answers: 0 })
  const replies = [target.send(request).reply, target.send(request).reply]
  await hears(2)
  target.close()
  for (const reply of replies) isLost(await reply)
})

test('those on a connection that was used before are not sent again', async t => {
  const { target, hears, heard } = await reached(t, { answers: 1 })
  assert.equal((await target.send(request).reply).status, 200)
  const { reply } = target.send(request)
  await hears(2)
  target.close()
  isLost(await reply)
  assert.equal(heard(), 2)
})
