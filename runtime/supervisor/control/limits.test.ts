import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { httpCall } from '../../testing/http-call.ts'
import type { Lab } from '../lab.ts'
import { ControlServer } from './control-server.ts'
import { CONTROL_LIMITS } from './limits.ts'

const SIZES = { headerBytes: 4000, urlBytes: 1000, bodyBytes: 1000 }
const LIMITS = { ...CONTROL_LIMITS, ...SIZES, headTimeoutMs: 500, requestTimeoutMs: 1000 }
/** As much of a lab as the metrics ask for. */
const LAB = { snapshot: async () => [], scaling: new Map() } as unknown as Lab

async function open(t: TestContext): Promise<{ port: number; url: string; token: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'archlab-control-'))
  const server = await ControlServer.open(0, () => LAB, folder, LIMITS)
  t.after(async () => {
    await server.close()
    rmSync(folder, { recursive: true })
  })
  const token = readFileSync(join(folder, `control-${server.port}.token`), 'utf8').trim()
  return { port: server.port, url: server.url, token }
}

/** What is answered to bytes until the server closes the connection. */
function send(port: number, text: string): Promise<string> {
  return new Promise(resolve => {
    let received = ''
    const socket = connect({ port, host: '127.0.0.1' }, () => socket.write(text))
    socket.on('data', data => {
      received += data.toString()
    })
    socket.on('error', () => {})
    socket.on('close', () => resolve(received.split('\r\n', 1)[0]!))
  })
}

test('what is beyond a limit of the control API is answered with the right status, and counted by reason', async t => {
  const { port, url, token } = await open(t)
  const host = `Host: 127.0.0.1:${port}\r\n`
  const get = (target: string, fields = host): string => `GET ${target} HTTP/1.1\r\nConnection: close\r\n${fields}\r\n`
  // More is announced than comes: it is refused before the end.
  const post = (fields: string, body: string): string =>
    `POST /operations HTTP/1.1\r\nConnection: close\r\n${host}${fields}Content-Length: 5000\r\n\r\n${body}`
  const cases: [message: string, status: number][] = [
    [get('/status', 'Host: example.org\r\n'), 403],
    [get(`/${'a'.repeat(1001)}`), 414],
    [get('/', `${host}x: ${'a'.repeat(5000)}\r\n`), 431],
    [get('/').replace('HTTP', 'XTTP'), 400],
    [`GET / HTTP/1.1\r\n${host}`, 408],
    [post('', '{}'), 401],
    [post(`Authorization: Bearer ${token}\r\n`, ' '.repeat(1001)), 413],
  ]
  for (const [message, status] of cases) assert.match(await send(port, message), new RegExp(`^HTTP/1.1 ${status} `))
  const metrics = (await httpCall(`${url}/metrics`)).text
  const counted = [...metrics.matchAll(/^archlab_control_refused_total\{reason="(\S+)"\} (\d+)$/gm)]
  assert.deepEqual(Object.fromEntries(counted.map(([, reason, count]) => [reason, count])), {
    foreign: '1',
    'url-limit': '1',
    'header-limit': '1',
    malformed: '1',
    timeout: '1',
    token: '1',
    'body-limit': '1',
  })
})
