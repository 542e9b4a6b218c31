import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { cpuSecondsOf } from '../support/cpu-time.ts'
import type { LoadOutcome, LoadTool } from '../support/load-tool.ts'
import { Processes } from '../support/processes.ts'
import { measure } from './measure.ts'
import type { System } from './system.ts'

const PLAN = { connections: 1, durationSeconds: 1, rounds: 3, warmupSeconds: 1 }
const NO_PROC = process.platform !== 'linux' && 'needs /proc'
const OUTCOME: LoadOutcome = {
  requests: 10,
  requestsPerSecond: 10,
  p50Ms: 1,
  p99Ms: 2,
  failedReplies: 0,
  socketErrors: 0,
  generatorBusyRatio: 0.5,
  generatorCpuSeconds: 1,
}

async function serve(t: TestContext, status: number, body: string): Promise<string> {
  const server = createServer((_request, response) => response.writeHead(status).end(body))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

function system(name: string, url: string): System {
  const target = { url: `${url}?${name}`, headers: {}, answer: { message: 'hello' } }
  return { name, group: 'one hop', peer: null, what: '', start: async () => target }
}

/** A load generator that notes whom it was sent to, and answers with what `outcome` says. */
function fakeTool(outcome: (name: string, call: number) => LoadOutcome): LoadTool & { order: string[] } {
  const order: string[] = []
  return {
    name: 'wrk',
    order,
    run: async ({ url }) => {
      const name = new URL(url).search.slice(1)
      order.push(name)
      return outcome(name, order.length)
    },
  }
}

test('systems are warmed one by one and then measured in an order that moves on each round', async t => {
  const url = await serve(t, 200, '{"message":"hello"}')
  const tool = fakeTool(() => OUTCOME)
  const all = await measure([system('a', url), system('b', url)], PLAN, tool, new Processes(), () => {})
  assert.equal(tool.order.join(''), 'ab' + 'ab' + 'ba' + 'ab')
  assert.deepEqual(
    all.map(one => one.problems),
    [[], []],
  )
  assert.deepEqual(
    all.map(one => one.samples.length),
    [3, 3],
  )
})

test('a system that gives another answer than expected is not measured, and says why', async t => {
  const good = await serve(t, 200, '{"message":"hello"}')
  const tool = fakeTool(() => OUTCOME)
  for (const bad of [await serve(t, 200, '{"message":"bye"}'), await serve(t, 503, '{"message":"hello"}')]) {
    const [a, b] = await measure([system('a', bad), system('b', good)], PLAN, tool, new Processes(), () => {})
    assert.match(a!.problems[0]!, /^start: answered .* instead of 200/)
    assert.deepEqual(a!.samples, [null, null, null])
    assert.deepEqual(b!.problems, [])
  }
  assert.ok(!tool.order.includes('a'))
})

test('failed replies or socket errors in a round take the system out and spare the others', async t => {
  const url = await serve(t, 200, '{"message":"hello"}')
  const tool = fakeTool((name, call) => (name === 'a' && call > 4 ? { ...OUTCOME, failedReplies: 3 } : OUTCOME))
  const [a, b] = await measure([system('a', url), system('b', url)], PLAN, tool, new Processes(), () => {})
  assert.equal(a!.samples.filter(sample => sample !== null).length, 1)
  assert.match(a!.problems.join(), /round 2 of 3: 3 failed replies, 0 socket errors/)
  assert.deepEqual(
    b!.samples.map(sample => sample?.requests),
    [10, 10, 10],
  )
})

test('a system’s own number of connections goes before that of the plan', async t => {
  const url = await serve(t, 200, '{"message":"hello"}')
  const asked: number[] = []
  const tool: LoadTool = {
    name: 'wrk',
    run: async ({ connections }) => {
      asked.push(connections)
      return OUTCOME
    },
  }
  const own = system('b', url)
  const start: System['start'] = async processes => ({ ...(await own.start(processes)), connections: 7 })
  await measure([system('a', url), { ...own, start }], { ...PLAN, rounds: 1 }, tool, new Processes(), () => {})
  assert.deepEqual(asked, [1, 7, 1, 7])
})

test('the processor time of a system is that of the programs it started, not that of its neighbours', {
  skip: NO_PROC,
}, async t => {
  const url = await serve(t, 200, '{"message":"hello"}')
  const processes = new Processes()
  t.after(() => processes.stopAll())
  const burning = 'setInterval(() => { for (const end = Date.now() + 5; Date.now() < end; ); }, 0)'
  const busy: System = {
    ...system('busy', url),
    async start(own) {
      const program = own.start({
        name: 'busy',
        command: process.execPath,
        args: ['-e', `${burning}; console.log('up')`],
      })
      await program.line(line => line, 10_000)
      return system('busy', url).start(own)
    },
  }
  const pids = () => processes.programs.map(program => program.pid)
  const tool: LoadTool = {
    name: 'wrk',
    async run() {
      const before = cpuSecondsOf(pids())
      while (cpuSecondsOf(pids()) < before + 0.05) await new Promise(resolve => setTimeout(resolve, 10))
      return OUTCOME
    },
  }
  const plan = { ...PLAN, warmupSeconds: 0, rounds: 1 }
  const [ours, neighbour] = await measure([busy, system('idle', url)], plan, tool, processes, () => {})
  assert.ok(ours!.samples[0]!.cpuMicrosPerRequest >= (0.04 * 1e6) / OUTCOME.requests)
  // It has no program at all.
  assert.ok(Number.isNaN(neighbour!.samples[0]!.cpuMicrosPerRequest))
})
