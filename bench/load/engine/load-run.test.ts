import assert from 'node:assert/strict'
import { createServer, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import type { ArrivalSpec, RequestSpec, WorkloadSpec } from '@archlab/runtime/topology'
import { addCounts } from '../record/outcomes.ts'
import type { Ended } from '../record/recorder.ts'
import { LoadRun } from './load-run.ts'

type Answer = (socket: Socket, head: string, nth: number) => void

/** A server that does exactly what a test says with every request it gets. */
async function scripted(t: TestContext, answer: Answer): Promise<{ port: number; heads: string[] }> {
  const heads: string[] = []
  const sockets = new Set<Socket>()
  const server = createServer(socket => {
    sockets.add(socket)
    socket.on('error', () => {})
    let text = ''
    socket.on('data', data => {
      text += data.toString('latin1')
      for (let end = text.indexOf('\r\n\r\n'); end >= 0; end = text.indexOf('\r\n\r\n')) {
        const head = text.slice(0, end)
        const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0)
        heads.push(text.slice(0, end + 4 + length))
        text = text.slice(end + 4 + length)
        answer(socket, head, heads.length)
      }
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return { port: (server.address() as { port: number }).port, heads }
}

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'
const ok: Answer = socket => socket.write(OK)

const request = (change: Partial<RequestSpec> = {}): RequestSpec => ({
  name: 'GET /',
  request: { method: 'GET', path: '/' },
  weight: 1,
  count: null,
  headers: {},
  json: undefined,
  bodyBytes: 0,
  keys: {},
  ...change,
})

const CLOSED: ArrivalSpec = {
  type: 'closed',
  users: 4,
  think: { type: 'constant', valueMs: 0 },
  spawnPerSecond: null,
  iterations: null,
}

function workload(change: Partial<WorkloadSpec>): WorkloadSpec {
  return {
    name: 'test',
    target: { url: 'http://127.0.0.1' },
    arrivals: CLOSED,
    durationMs: null,
    warmupMs: 0,
    login: null,
    requests: [request()],
    timeoutMs: 2000,
    overload: { inFlightMax: 100, policy: 'queue' },
    ...change,
  }
}

async function load(port: number, change: Partial<WorkloadSpec>) {
  const ended: Ended[] = []
  const origin = { host: '127.0.0.1', port, tls: false, insecure: false }
  const job = { workload: workload(change), origin, basePath: '', seed: 1, trace: null }
  const record = await new LoadRun(job, { each: one => ended.push(one) }).run()
  const counts = addCounts(record.recorder.requests.flatMap(({ warmup, measured }) => [warmup, measured]))
  return { record, counts, ended }
}

test('a closed loop sends the declared numbers, one entry after the other, at most so many at once', async t => {
  let open = 0
  let most = 0
  const { port, heads } = await scripted(t, socket => {
    open += 1
    most = Math.max(most, open)
    setTimeout(() => {
      open -= 1
      socket.write(OK)
    }, 2)
  })
  const requests = ['/a', '/b'].map(path => request({ name: path, request: { method: 'GET', path }, count: 25 }))
  const { counts } = await load(port, { requests })
  assert.deepEqual([counts.intended, counts.outcomes, counts.statuses], [50, { replied: 50 }, { 200: 50 }])
  assert.deepEqual(
    heads.map(head => head.slice(4, 6)),
    [...Array(25).fill('/a'), ...Array(25).fill('/b')],
  )
  assert.ok(most <= 4, `${most} at once`)
})

test('users stop after their iterations, and each has one connection', async t => {
  const { port } = await scripted(t, ok)
  const { counts, record } = await load(port, { arrivals: { ...CLOSED, users: 7, iterations: 11 } as ArrivalSpec })
  assert.deepEqual([counts.intended, counts.statuses, record.connectionsOpened], [77, { 200: 77 }, 7])
})

test('a run of a given time ends by itself, and everything that was begun is counted', async t => {
  const { port, heads } = await scripted(t, ok)
  const { counts } = await load(port, { durationMs: 200 })
  assert.ok(counts.intended > 10)
  assert.deepEqual(counts.outcomes, { replied: counts.intended })
  assert.equal(heads.length, counts.intended)
})

test('no user asks before the time from which its latency counts, and times in the system add up both ways', async t => {
  const { port } = await scripted(t, ok)
  const arrivals = { ...CLOSED, users: 20, think: { type: 'exponential', meanMs: 5 } } as ArrivalSpec
  const { ended, record } = await load(port, { arrivals, durationMs: 500 })
  const early = ended.filter(({ sentMs, intendedMs }) => sentMs < intendedMs)
  assert.equal(early.length, 0, `${early.length} of ${ended.length}`)
  const { inSystemMs, sojournMs } = record.recorder
  assert.ok(Math.abs(inSystemMs - sojournMs) < 1e-6 * sojournMs, `${inSystemMs} ${sojournMs}`)
})

test('an open loop sends every arrival of its schedule and latency counts from the intended start', async t => {
  const { port } = await scripted(t, ok)
  const { counts, ended } = await load(port, { arrivals: { type: 'constant', perSecond: 200 }, durationMs: 500 })
  assert.deepEqual([counts.intended, counts.outcomes], [100, { replied: 100 }])
  assert.deepEqual(
    ended.map(one => one.intendedMs).toSorted((a, b) => a - b),
    Array.from({ length: 100 }, (_, at) => at * 5),
  )
  for (const { intendedMs, sentMs, endedMs } of ended) assert.ok(sentMs >= intendedMs && endedMs >= sentMs)
})

test('a server that stalls for a second shows the stall in full, also to those who would have come meanwhile', async t => {
  let stalledUntil = 0
  const { port } = await scripted(t, (socket, _head, nth) => {
    if (nth === 50) stalledUntil = performance.now() + 1000
    const waitMs = stalledUntil - performance.now()
    if (waitMs <= 0) socket.write(OK)
    else setTimeout(() => socket.write(OK), waitMs)
  })
  const { ended, record } = await load(port, {
    arrivals: { type: 'constant', perSecond: 100 },
    durationMs: 3000,
    timeoutMs: 5000,
  })
  const latencies = ended.map(one => one.endedMs - one.intendedMs).toSorted((a, b) => a - b)
  // A hundred arrivals fall into the stall; they wait 1000, 990, 980 ms and so on.
  const slow = latencies.filter(ms => ms > 100)
  assert.ok(slow.length >= 85 && slow.length <= 105, `${slow.length} slow replies`)
  assert.ok(latencies.at(-1)! > 900)
  const p99 = record.recorder.requests[0]!.latency.quantile(0.99)!
  assert.ok(p99 > 900, `p99 is ${p99}`)
})

const FAULTS: Record<string, { answer: Answer; outcome: string }> = {
  'a reset instead of a reply': { answer: socket => socket.resetAndDestroy(), outcome: 'connection reset' },
  'a close instead of a reply': { answer: socket => socket.end(), outcome: 'connection closed' },
  'a head cut off': { answer: socket => socket.end('HTTP/1.1 200 OK\r\nConte'), outcome: 'partial reply' },
  'a body cut off': { answer: socket => socket.end(OK.replace(': 2', ': 9')), outcome: 'partial reply' },
  'a body cut off by a reset': {
    answer: socket => socket.write(OK.replace(': 2', ': 9'), () => setTimeout(() => socket.resetAndDestroy(), 20)),
    outcome: 'partial reply',
  },
  'bad chunking': {
    answer: socket => socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n'),
    outcome: 'bad chunk',
  },
  'a contradictory length': {
    answer: socket => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok'),
    outcome: 'bad content-length',
  },
  'something that is not HTTP': { answer: socket => socket.write('hello\r\n\r\n'), outcome: 'bad head' },
  'a length that is too long': { answer: socket => socket.write(OK.replace(': 2', ': 9')), outcome: 'timeout' },
  'no reply at all': { answer: () => {}, outcome: 'timeout' },
  'a slow trickle': {
    answer: socket => {
      let at = 0
      const timer = setInterval(
        () => socket.write('HTTP/1.1 200 OK\r\nX: yyyyyyyyyyyyyyyyyyyyyyyyyyyy'[at++] ?? 'y'),
        50,
      )
      socket.on('close', () => clearInterval(timer))
    },
    outcome: 'timeout',
  },
}

for (const [name, { answer, outcome }] of Object.entries(FAULTS)) {
  test(`${name} is counted as "${outcome}", and the run goes on`, async t => {
    const { port } = await scripted(t, (socket, head, nth) =>
      nth % 2 === 1 ? answer(socket, head, nth) : socket.write(OK),
    )
    const arrivals: ArrivalSpec = { ...(CLOSED as Extract<ArrivalSpec, { type: 'closed' }>), users: 1, iterations: 4 }
    const { counts } = await load(port, { arrivals, timeoutMs: 200 })
    assert.deepEqual(counts.outcomes, { [outcome]: 2, replied: 2 })
  })
}

const GOOD: Record<string, { answer: Answer; statuses: Record<string, number> }> = {
  'an interim reply': { answer: socket => socket.write(`HTTP/1.1 100 Continue\r\n\r\n${OK}`), statuses: { 200: 4 } },
  'a redirect, which is not followed': {
    answer: socket => socket.write('HTTP/1.1 307 Moved\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n'),
    statuses: { 307: 4 },
  },
  'a reply that ends with its connection': {
    answer: socket => socket.end('HTTP/1.1 503 No\r\n\r\nsorry'),
    statuses: { 503: 4 },
  },
  'a server that closes after each reply': {
    answer: socket => socket.end(OK.replace('Content', 'Connection: close\r\nContent')),
    statuses: { 200: 4 },
  },
  'more octets than the reply has': { answer: socket => socket.write(`${OK}garbage`), statuses: { 200: 4 } },
}

for (const [name, { answer, statuses }] of Object.entries(GOOD)) {
  test(`${name} is a reply`, async t => {
    const { port } = await scripted(t, answer)
    const arrivals: ArrivalSpec = { ...(CLOSED as Extract<ArrivalSpec, { type: 'closed' }>), users: 1, iterations: 4 }
    const { counts, record } = await load(port, { arrivals })
    assert.deepEqual([counts.outcomes, counts.statuses], [{ replied: 4 }, statuses])
    assert.equal(record.excessReplies, name.startsWith('more') ? 4 : 0)
  })
}

test('a server that does not listen is counted as such, and a run of it ends', async t => {
  const { port } = await scripted(t, ok)
  const free = port === 1 ? 2 : 1
  const { counts } = await load(free, { arrivals: { ...CLOSED, iterations: 2 } as ArrivalSpec })
  assert.deepEqual(counts.outcomes, { 'connect refused': 8 })
})

test('beyond the connections arrivals wait, or are dropped where that is declared; all are counted', async t => {
  const slow: Answer = socket => setTimeout(() => socket.write(OK), 100)
  const arrivals: ArrivalSpec = { type: 'constant', perSecond: 100 }
  const { port } = await scripted(t, slow)
  const queued = await load(port, {
    arrivals,
    durationMs: 300,
    overload: { inFlightMax: 2, policy: 'queue' },
    timeoutMs: 5000,
  })
  assert.deepEqual(queued.counts.outcomes, { replied: 30 })
  assert.equal(queued.record.connectionsOpened, 2)
  const longest = Math.max(...queued.ended.map(one => one.endedMs - one.intendedMs))
  assert.ok(longest > 1000, `${longest}: the wait for a connection is part of the latency`)
  const dropped = await load(port, { arrivals, durationMs: 300, overload: { inFlightMax: 2, policy: 'drop' } })
  assert.equal(dropped.counts.outcomes.dropped! + (dropped.counts.outcomes.replied ?? 0), 30)
  assert.ok(dropped.counts.outcomes.dropped! >= 20)
  const impatient = await load(port, {
    arrivals,
    durationMs: 300,
    overload: { inFlightMax: 2, policy: 'queue' },
    timeoutMs: 250,
  })
  assert.equal(impatient.counts.outcomes.timeout! + (impatient.counts.outcomes.replied ?? 0), 30)
  assert.ok(impatient.counts.outcomes.timeout! > 0)
})

test('bodies, fields, keys and the token of a login are sent as declared', async t => {
  const { port, heads } = await scripted(t, (socket, head) => {
    if (!head.startsWith('POST /login')) socket.write(OK)
    else socket.write('HTTP/1.1 200 OK\r\nContent-Length: 25\r\n\r\n{"a":{"token":"abc.def"}}')
  })
  const { record } = await load(port, {
    login: {
      request: { method: 'POST', path: '/login' },
      json: { username: 'ü' },
      headers: {},
      token: 'a.token',
      per: 'user',
    },
    arrivals: { ...CLOSED, users: 2, iterations: 3 } as ArrivalSpec,
    requests: [
      request({
        request: { method: 'PUT', path: '/items/{id}?x=1' },
        json: { value: 'é' },
        headers: { 'X-Mine': 'yes' },
        keys: { id: { count: 3, zipf: 0 } },
      }),
    ],
  })
  assert.deepEqual([record.logins.intended, record.logins.statuses], [2, { 200: 2 }])
  const sent = heads.filter(head => head.startsWith('PUT'))
  assert.equal(sent.length, 6)
  for (const head of sent) {
    assert.match(head, /^PUT \/items\/[012]\?x=1 HTTP\/1\.1\r\nhost: 127\.0\.0\.1:\d+\r\n/)
    assert.match(head, /\r\nx-mine: yes\r\n/)
    assert.match(head, /\r\nauthorization: Bearer abc\.def\r\n/i)
    assert.match(head, /\r\n\r\n\{"value":"Ã©"\}$/)
  }
})

test('a login that is refused ends the run with what was answered', async t => {
  const { port } = await scripted(t, socket => socket.write('HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n'))
  const login = {
    request: { method: 'POST', path: '/login' },
    json: {},
    headers: {},
    token: 'token',
    per: 'run' as const,
  }
  await assert.rejects(load(port, { login }), /POST \/login was answered 401/)
})
