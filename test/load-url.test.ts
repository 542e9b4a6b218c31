import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { eventually, freePorts } from '@archlab/runtime/whole-lab'
import { Cli, folderWith } from './support/cli.ts'
import { isAlive } from './support/listening.ts'
import { codeOf, load, schemaErrors } from './support/load.ts'

interface Asked {
  method: string
  url: string
  body: string
  headers: Record<string, string | string[] | undefined>
}

/** A server of node:http; `answer` gives the status of the n-th request (from 1), `null` for no reply at all. */
async function serve(
  t: TestContext,
  answer: (nth: number) => number | null = () => 200,
  make: (listener: RequestListener) => Server = createServer,
): Promise<{ port: number; asked: Asked[] }> {
  const asked: Asked[] = []
  const server = make((request, response) => {
    let body = ''
    request.on('data', part => {
      body += part
    })
    request.on('end', () => {
      const { method = '', url = '', headers } = request
      asked.push({ method, url, body, headers })
      const status = answer(asked.length)
      if (status !== null) response.writeHead(status).end('hello')
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return { port: (server.address() as { port: number }).port, asked }
}

test('Any server: users, a number of requests, a method, header fields, a body; counts are the server’s own', async t => {
  const { port, asked } = await serve(t, nth => (nth % 4 === 0 ? 503 : 201))
  const request = ['-X', 'PUT', '-H', 'X-Mine: one: two', '--data', '{"a": 1.0}']
  const { code, result, stdout, stderr } = await load(t, [
    '--url',
    `127.0.0.1:${port}/items?full=1`,
    '-c',
    '4',
    '-n',
    '40',
    ...request,
  ])
  assert.equal(code, codeOf(result))
  assert.deepEqual(result.totals.statuses, { 201: 30, 503: 10 })
  assert.equal(asked.length, 40)
  for (const { method, url, body, headers } of asked) {
    assert.deepEqual([method, url, body], ['PUT', '/items?full=1', '{"a": 1.0}'])
    assert.deepEqual([headers['x-mine'], headers['content-type']], ['one: two', 'application/json'])
  }
  assert.deepEqual(schemaErrors(result), [])
  assert.equal(result.lab, null)
  assert.ok(result.generator.connectionsOpened <= 4)
  assert.match(stderr, new RegExp(`^PUT http://127.0.0.1:${port}/items\\?full=1: `))
  assert.match(stdout, /^40 requests|^PUT \/items\?full=1 +40 +30 +10 /m)
})

test('A rate sends every arrival of its schedule, and a bare address is enough', async t => {
  const { port, asked } = await serve(t)
  const { code, result } = await load(t, [`http://127.0.0.1:${port}`, '-R', '100', '--constant', '-d', '1'])
  assert.equal(code, codeOf(result))
  assert.deepEqual([result.totals.intended, asked.length], [100, 100])
  assert.deepEqual(result.workload.arrivals, { type: 'constant', perSecond: 100 })
  assert.deepEqual([result.totals.intendedPerSecond, result.totals.achievedPerSecond], [100, 100])
})

test('Thresholds decide about the exit code, and stand in the summary with what was measured', async t => {
  const { port } = await serve(t, nth => (nth === 7 ? 500 : 200))
  const args = ['--url', `http://127.0.0.1:${port}/`, '-c', '2', '-n', '20']
  const met = await load(t, [...args, '--threshold', 'status 404 = 0', '--threshold', 'requests >= 20'])
  assert.equal(met.code, codeOf(met.result))
  assert.deepEqual(
    met.result.thresholds.map((one: any) => [one.met, one.value]),
    [
      [true, 0],
      [true, 20],
    ],
  )
  const { port: other } = await serve(t, nth => (nth === 7 ? 500 : 200))
  const args2 = ['--url', `http://127.0.0.1:${other}/`, '-c', '2', '-n', '20']
  const missed = await load(t, [...args2, '--threshold', 'errors < 1%', '--threshold', 'requests = 20'])
  assert.equal(missed.code, codeOf(missed.result, 1))
  assert.match(missed.stdout, /^NOT MET {2}errors < 1% {2}\(5\.0 %\)$/m)
  assert.match(missed.stdout, /^met {6}requests = 20 {2}\(20\)$/m)
})

test('A plan is the same every time, sends nothing, and is replayed to the millisecond and the request', async t => {
  const { port, asked } = await serve(t)
  const folder = folderWith(t, {})
  const plan = join(folder, 'plan.csv')
  const url = `http://127.0.0.1:${port}/x`
  const exported = await Cli.run(
    t,
    ['load', '--url', url, '-R', '200/s', '-d', '500ms', '--seed', '5', '--plan', plan],
    { cwd: folder },
  )
  assert.equal(exported.code, 0)
  assert.equal(asked.length, 0)
  const times = readFileSync(plan, 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map(row => Number(row.split(',')[0]))
  assert.ok(times.length > 50 && times.length < 200)
  assert.match(exported.stdout, new RegExp(`^${times.length} arrivals with seed 5`))
  const replayed = await load(t, ['--url', url, '--trace', plan, '--raw'])
  const intended = replayed
    .text('raw.csv')
    .trim()
    .split('\n')
    .slice(1)
    .map(row => Number(row.split(',')[1]))
  assert.deepEqual(
    intended.sort((left, right) => left - right),
    times.map(ms => Number(ms.toFixed(4))),
  )
  assert.equal(asked.length, times.length)
})

test('TLS: a certificate that nobody vouches for is refused with a hint, and taken with --insecure', async t => {
  const folder = folderWith(t, {})
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1']
  const made = spawnSync('openssl', [
    'req',
    '-x509',
    ...curve,
    '-nodes',
    '-keyout',
    key,
    '-out',
    cert,
    '-days',
    '2',
    '-subj',
    '/CN=test',
  ])
  if (made.status !== 0) return t.skip('openssl is not installed')
  const secrets = { key: readFileSync(key), cert: readFileSync(cert) }
  const { port, asked } = await serve(
    t,
    () => 200,
    listener => createTlsServer(secrets, listener),
  )
  const url = `https://127.0.0.1:${port}/`
  const refused = await load(t, ['--url', url, '-n', '5'])
  assert.equal(refused.code, 4)
  assert.match(refused.stderr, /LOAD_UNREACHABLE[\s\S]*--insecure/)
  assert.deepEqual([asked.length, refused.result], [0, undefined])
  const taken = await load(t, ['--url', url, '-n', '5', '-c', '2', '-k'])
  assert.equal(taken.code, codeOf(taken.result))
  assert.deepEqual([taken.result.totals.statuses, asked.length], [{ 200: 5 }, 5])
})

test('A server that is not there ends the run at once with exit code 4', async t => {
  const [port] = await freePorts(1)
  const { code, stdout, stderr, result } = await load(t, ['--url', `http://127.0.0.1:${port}/`])
  assert.deepEqual([code, stdout, result], [4, '', undefined])
  assert.match(stderr, /LOAD_UNREACHABLE.*nobody listens there/)
})

test('Ctrl-C ends the arrivals, waits for the replies that are under way, and writes the report', async t => {
  const { port, asked } = await serve(t)
  const folder = folderWith(t, {})
  const out = join(folder, 'out')
  const cli = Cli.start(t, [
    'load',
    '--url',
    `http://127.0.0.1:${port}/`,
    '-R',
    '50/s',
    '-d',
    '10m',
    '--output',
    out,
    '--json',
  ])
  await eventually(() => asked.length >= 10, 'the load runs')
  cli.signal('SIGINT')
  assert.equal(await cli.exit(), 3)
  const result = JSON.parse(cli.stdout)
  assert.deepEqual([result.complete, result.totals.outcomes], [false, { replied: asked.length }])
  assert.ok(existsSync(join(out, 'report.html')))
  assert.deepEqual(cli.processes(), [])
})

test('A second Ctrl-C does not wait for a server that never answers', async t => {
  const { port, asked } = await serve(t, () => null)
  const cli = Cli.start(t, ['load', '--url', `http://127.0.0.1:${port}/`, '-c', '3', '-d', '10m', '--timeout', '10m'], {
    cwd: folderWith(t, {}),
  })
  await eventually(() => asked.length === 3, 'the load runs')
  cli.signal('SIGINT')
  await eventually(() => /Ctrl-C again ends at once/.test(cli.stderr), 'the first one is told')
  await eventually(() => {
    if (isAlive(cli.pid)) cli.signal('SIGINT')
    return !isAlive(cli.pid)
  }, 'the second one ends it')
  assert.equal(await cli.exit(), 130)
  await eventually(() => cli.processes().length === 0, 'nothing is left running')
})

test('--help names the options people know, and the exit codes', async t => {
  const { code, stdout } = await Cli.run(t, ['load', '--help'])
  assert.equal(code, 0)
  const known = [
    '-c, --connections',
    '-d, --duration',
    '-R, --rate',
    '-n, --requests',
    '-X, --method',
    '-H, --header',
    '-k, --insecure',
  ]
  for (const option of known) assert.ok(stdout.includes(option), option)
  assert.match(stdout, /Exit codes: 0 /)
})

test('Other commands start without the load generator and its report', async t => {
  const loaded = async (...args: string[]): Promise<string[]> => {
    const folder = folderWith(t, {})
    await Cli.run(t, args, { cwd: folder, env: { NODE_V8_COVERAGE: folder } })
    return readdirSync(folder)
      .flatMap(name => JSON.parse(readFileSync(join(folder, name), 'utf8')).result)
      .map((script: { url: string }) => script.url)
      .filter((url: string) => url.includes('/bench/'))
  }
  assert.deepEqual(await loaded('explain'), [])
  assert.ok((await loaded('load', '--url', 'http://127.0.0.1:1/')).length > 20)
})
