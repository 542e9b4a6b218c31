import assert from 'node:assert/strict'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { eventually, freePorts, httpCall } from '@archlab/runtime/whole-lab'
import { Cli } from './support/cli.ts'
import { folderWithModules, TACTIC } from './support/own-modules.ts'

const topology = (port: number, replicas: number): string => `
name: edited
threads: 1
components:
  edge: { kind: load-balancer, port: ${port}, to: service }
  service: { kind: microservice, replicas: ${replicas}, tactics: [./count.ts] }
`

test('Commands on a running lab', async t => {
  const [port] = await freePorts(1)
  const folder = folderWithModules(t, topology(port!, 1))
  const file = join(folder, 'topology.yaml')
  const env = { ARCHLAB_STATE: join(folder, 'state') }
  const log = join(folder, 'log.json')
  const lab = Cli.start(t, ['up', '--json', '--control-port', '0', '--status-log', log, '--file', file], { env })
  const { controlUrl } = await lab.ready()
  const controlPort = new URL(controlUrl).port
  const run = (...args: string[]) => Cli.run(t, [...args, '--control-port', controlPort])
  let asked = 0
  const ask = () => {
    asked += 1
    return httpCall(`http://127.0.0.1:${port}/process`)
  }
  const told = (event: string) => lab.events().filter(one => one.event === event)

  await t.test('a saved file is applied, and one with a mistake is told and left alone', async () => {
    writeFileSync(file, topology(port!, 2))
    await eventually(() => told('edit').length === 1, 'the edit is told')
    assert.deepEqual((told('edit')[0]!.steps as { start: string[] }).start, ['service/1'])
    writeFileSync(file, topology(port!, 2).replace('microservice', 'mircoservice'))
    await eventually(() => told('edit-refused').length === 1, 'the mistake is told')
    assert.match(lab.stderr, /no kind is called "mircoservice"[\s\S]*the lab goes on as it is/)
    assert.equal((await ask()).status, 200)
    const diff = await run('diff')
    assert.equal(diff.code, 2)
    assert.match(diff.stderr, /TOPOLOGY_UNKNOWN_KIND/)
  })

  await t.test('patches are applied over the file, and stay when it is saved', async () => {
    const set = await run('set', 'components.edge.timeout=3s', '--json')
    assert.equal(set.code, 2, 'not while the file is wrong')
    writeFileSync(file, topology(port!, 2))
    await eventually(async () => (await run('diff')).code === 0, 'the file is right again')
    const done = await run('scale', 'service=3')
    assert.deepEqual([done.code, done.stderr], [0, ''])
    assert.match(done.stdout, /components\.service\.replicas: 2 → 3\n.*changed in place: .*\n.*started: service\/2/)
    const wrong = await run('scale', 'servic=3')
    assert.deepEqual([wrong.code, /did you mean/.test(wrong.stderr)], [2, true])
    assert.equal((await run('diff')).stdout, 'no difference\n')
  })

  await t.test('a module of one’s own is applied when it is saved, also after a mistake in it', async () => {
    const refused = told('edit-refused').length
    writeFileSync(join(folder, 'count.ts'), `${TACTIC}(`)
    await eventually(() => told('edit-refused').length === refused + 1, 'the mistake is told')
    assert.match(lab.stderr, /count\.ts cannot be imported/)
    const edits = told('edit').length
    writeFileSync(join(folder, 'count.ts'), TACTIC.replace('++replies', "'new'"))
    await eventually(() => told('edit').length === edits + 1, 'the new version is told')
    await eventually(async () => (await ask()).headers['x-count'] === 'new', 'and used')
  })

  await t.test('operations name whom they were done to, and events tell what happened', async () => {
    assert.equal((await run('kill', 'service/0')).stdout, 'kill: service/0\n')
    const slow = await run('slow', 'service', '--by', '5ms', '--for', '1s', '--json')
    assert.deepEqual(JSON.parse(slow.stdout).affected, ['service/0', 'service/1', 'service/2'])
    const nobody = await run('restart', 'nobody')
    assert.deepEqual([nobody.code, nobody.stdout], [2, ''])
    const { events } = JSON.parse((await run('events', '--json')).stdout)
    const names = events.map(({ event }: { event: string }) => event)
    for (const name of ['edit', 'kill', 'replica-died', 'slow']) assert.ok(names.includes(name), name)
    assert.match((await run('events')).stdout, /since start +event +whom\n[\s\S]* s +kill +service\/0/)
  })

  await t.test('a recorded session is done again, and one with a mistake is refused', async () => {
    const session = join(folder, 'session.json')
    writeFileSync(session, (await run('events', '--json')).stdout)
    const before = Object.keys(JSON.parse(readFileSync(session, 'utf8')).texts)
    assert.ok(before.length > 0)
    const replay = await run('replay', session, '--speed', '50')
    assert.deepEqual([replay.code, replay.stdout.match(/failed/g)], [0, null], replay.stderr)
    assert.match(replay.stdout, /^ +0\.\d{3} s +save .*topology\.yaml +done$/m)
    assert.match(replay.stdout, / s +kill service\/0 +done$/m)
    assert.match(replay.stderr, /not repeated.*replica-died/)
    const { events } = JSON.parse((await run('events', '--json')).stdout)
    assert.equal(events.filter(({ event }: { event: string }) => event === 'kill').length, 2)
    writeFileSync(session, '{"at": "1s", "kill": "service/0"}\n{"at": "2s", "kil": "service/0"}\n')
    const refused = await run('replay', session)
    assert.deepEqual([refused.code, refused.stdout], [2, ''])
    assert.match(refused.stderr, /session\.json:2 {2}SESSION_MALFORMED .*\n {2}hint: /)
  })

  await t.test(
    'the token is for the user alone, and goes with the lab; what happened is in the status log',
    async () => {
      const { json } = await httpCall(`${controlUrl}/operations`)
      assert.equal(statSync(json.tokenFile).mode & 0o777, 0o600)
      lab.signal('SIGINT')
      assert.equal(await lab.exit(), 0)
      assert.throws(() => statSync(json.tokenFile), { code: 'ENOENT' })
      const counts = JSON.parse(readFileSync(log, 'utf8'))
      assert.deepEqual(counts.edge, { 200: asked })
      assert.ok(counts.$events.some(({ event }: { event: string }) => event === 'kill'))
    },
  )
})
