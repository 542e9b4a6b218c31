import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { eventually, freePorts, httpCall } from '@archlab/runtime/whole-lab'
import { Cli, folderWith } from './support/cli.ts'

/* Two labs on one machine, started in one folder: what is done to one of them never reaches the other. */

const topology = (name: string, port: number): string => `
name: ${name}
threads: 1
components:
  edge: { kind: load-balancer, port: ${port}, to: service }
  service: { kind: microservice, replicas: 2 }
`

test('Two labs at once do not meet', async t => {
  const [onePort, otherPort] = await freePorts(2)
  const files = { 'one.yaml': topology('one', onePort!), 'other.yaml': topology('other', otherPort!) }
  const folder = folderWith(t, files)
  const [one, other] = await Promise.all([start(t, folder, 'one'), start(t, folder, 'other')])
  const states = async ({ run }: Started) =>
    Object.fromEntries(
      JSON.parse((await run('ps', '--json')).stdout).map((of: { replica: string; state: string }) => [
        of.replica,
        of.state,
      ]),
    )

  await t.test(
    'each has a control port, a token and a folder of its own; the token of one is none of the other',
    async () => {
      const [mine, its] = await Promise.all([tokenFile(one), tokenFile(other)])
      assert.notEqual(one.controlUrl, other.controlUrl)
      assert.notEqual(dirname(mine), dirname(its))
      const headers = { authorization: `Bearer ${readFileSync(mine, 'utf8').trim()}` }
      const post = (url: string) =>
        httpCall(`${url}/operations`, { method: 'POST', headers, body: '{"drain":"nobody"}' })
      assert.equal((await post(other.controlUrl)).status, 401)
      assert.equal((await post(one.controlUrl)).status, 400)
    },
  )

  await t.test('drain and undrain reach one of them, and ps shows it', async () => {
    const drained = await one.run('drain', 'service/1')
    assert.deepEqual([drained.code, drained.stdout], [0, 'drain: service/1\n'])
    const ready = { 'edge/0': 'ready', 'service/0': 'ready', 'service/1': 'ready' }
    assert.deepEqual(await states(one), { ...ready, 'service/1': 'drained' })
    assert.deepEqual(await states(other), ready)
    assert.equal((await one.run('undrain', 'service/1')).code, 0)
    assert.deepEqual(await states(one), ready)
    const wrong = await one.run('drain', 'servic')
    assert.deepEqual([wrong.code, /did you mean "service"/.test(wrong.stderr)], [2, true])
  })

  await t.test('inject prints status, fields, body and the hops with their times, or JSON', async () => {
    const { code, stdout } = await one.run('inject', 'edge', 'GET /process', '-H', 'accept: */*')
    assert.equal(code, 0)
    assert.match(stdout, /^200 OK\ncontent-type: application\/json\n\n\{"message":"Business logic executed"\}\n\n/)
    assert.match(
      stdout,
      /service\/\d answered, by way of edge\/0 in [\d.]+ ms\n +hop +ms\n +edge\/0 +[\d.]+\n +service\/\d +[\d.]+\n$/,
    )
    const task = await one.run('inject', 'service/0', 'POST /longtask', '--json-body', '{"task":"x"}', '--json')
    assert.deepEqual([task.code, JSON.parse(task.stdout).status], [0, 501], 'a reply, whatever its status')
    const usages = [['GET'], ['GET /', '-H', 'no colon'], ['GET /', '--json-body', '{'], ['GET /', '-H', 'host: x']]
    for (const usage of usages) {
      const wrong = await one.run('inject', 'edge', ...usage)
      assert.deepEqual([wrong.code, wrong.stdout], [2, ''], usage.join(' '))
    }
    const { json } = await httpCall(`${other.controlUrl}/status`)
    assert.equal(json.components.edge.received, 0)
    const { events } = JSON.parse((await one.run('events', '--json')).stdout)
    assert.deepEqual(events.at(-1).fields, { request: 'POST /longtask', status: 501 })
  })

  await t.test('logs shows what one of them has logged, and follows it until it ends', async () => {
    const follower = Cli.start(t, ['logs', '-f', 'service', '--json', '--control-port', one.controlPort])
    await one.run('kill', 'service/0')
    await eventually(() => follower.events().some(line => line.event === 'replica-died'), 'the line is there')
    const [line] = follower.events()
    assert.deepEqual([line!.component, line!.replica, line!.level], ['service', 'service/0', 'error'])
    assert.match(
      (await one.run('logs')).stdout,
      /^\S+Z error service\/0 replica-died error=it was killed restartInMs=\d+\n/,
    )
    assert.deepEqual(await other.run('logs'), { code: 0, stdout: '', stderr: '' })
    assert.equal((await one.run('logs', 'servic')).code, 2)
    const interrupted = Cli.start(t, ['logs', '-f', '--control-port', one.controlPort])
    await eventually(() => interrupted.stdout !== '', 'it follows')
    interrupted.signal('SIGINT')
    assert.equal(await interrupted.exit(), 0)
    one.cli.signal('SIGINT')
    assert.equal(await one.cli.exit(), 0)
    assert.deepEqual([await follower.exit(), follower.stderr], [0, 'the lab has ended\n'])
  })

  await t.test('the end of one leaves the other as it is', async () => {
    assert.equal((await httpCall(`http://127.0.0.1:${otherPort}/process`)).status, 200)
    assert.match(readFileSync(await tokenFile(other), 'utf8'), /^\S{43}\n$/)
    assert.equal((await one.run('ps')).code, 4)
    other.cli.signal('SIGINT')
    assert.equal(await other.cli.exit(), 0)
  })
})

interface Started {
  readonly cli: Cli
  readonly controlUrl: string
  readonly controlPort: string
  /** Runs a command about this lab. */
  run(...args: string[]): ReturnType<typeof Cli.run>
}

async function start(t: TestContext, folder: string, name: string): Promise<Started> {
  const files = ['--file', join(folder, `${name}.yaml`), '--status-log', join(folder, `${name}.json`)]
  const env = { ARCHLAB_STATE: join(folder, '.archlab') }
  const cli = Cli.start(t, ['up', '--json', '--control-port', '0', ...files], { cwd: folder, env })
  const { controlUrl } = await cli.ready()
  const controlPort = new URL(controlUrl).port
  return { cli, controlUrl, controlPort, run: (...args) => Cli.run(t, [...args, '--control-port', controlPort]) }
}

const tokenFile = async ({ controlUrl }: Started): Promise<string> =>
  (await httpCall(`${controlUrl}/operations`)).json.tokenFile
