import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { freePorts, httpCall } from '@archlab/runtime/whole-lab'
import { Cli, folderWith } from './support/cli.ts'
import { LAB5_FILE } from './support/lab5.ts'
import { canSeeSockets } from './support/listening.ts'

const COMMANDS: Record<string, readonly string[]> = {
  up: ['--file', '--set', '--seed', '--json', '--control-port', '--status-log'],
  check: ['--file', '--set', '--seed', '--json'],
  explain: ['--json', 'catalogue'],
  import: ['<file>', '--format', '--output', '--force', '--cpu-work', '--json'],
  load: [
    '--url',
    '--connections',
    '--rate',
    '--duration',
    '--requests',
    '--threshold',
    '--plan',
    '--trace',
    '--fresh',
    '--json',
  ],
  calibrate: ['[workload]', '--runs', '--file', '--set', '--seed', '--json'],
  capacity: ['[scenario]', '--expect', '--over', '--file', '--set', '--seed', '--json'],
  compare: ['[names...]', '--without', '--measure', '--runs', '--file', '--set', '--seed', '--json'],
  predict: ['[workload]', '--rate', '--file', '--set', '--seed', '--json'],
  profile: ['[component...]', '--diff', '--heap', '--attach', '--clinic', '--file', '--set', '--seed', '--json'],
  simulate: ['[workload]', '--replications', '--file', '--set', '--seed', '--json'],
  verify: ['[scenario...]', '--junit', '--file', '--set', '--seed', '--json'],
  graph: ['--file', '--set', '--seed', '--json', '--format', '--output', '--strict'],
  schema: ['--write'],
  status: ['--control-port', '--json'],
  ps: ['--control-port', '--json'],
  events: ['--control-port', '--json'],
  logs: ['[target]', '--follow', '--control-port', '--json'],
  inject: ['<target>', '<request>', '--header', '--json-body', '--control-port', '--json'],
  drain: ['<target>', '--control-port', '--json'],
  undrain: ['<target>', '--control-port', '--json'],
  kill: ['<target>', '--control-port', '--json'],
  exit: ['<target>', '--control-port', '--json'],
  throw: ['<target>', '--control-port', '--json'],
  hang: ['<target>', '--for', '--control-port', '--json'],
  slow: ['<target>', '--by', '--for', '--control-port', '--json'],
  fault: ['<target>', '--ratio', '--status', '--by', '--for', '--control-port', '--json'],
  drop: ['<target>', '--ratio', '--for', '--control-port', '--json'],
  corrupt: ['<target>', '--ratio', '--for', '--control-port', '--json'],
  leak: ['<target>', '--size', '--every', '--for', '--control-port', '--json'],
  'disk-full': ['<target>', '--for', '--control-port', '--json'],
  partition: ['<target>', '--for', '--control-port', '--json'],
  restart: ['<target>', '--control-port', '--json'],
  set: ['<path=value...>', '--control-port', '--json'],
  scale: ['<component=replicas...>', '--control-port', '--json'],
  apply: ['<file>', '--control-port', '--json'],
  diff: ['--control-port', '--json'],
  replay: ['<session>', '--speed', '--dry-run', '--control-port', '--json'],
  token: ['--user', '--password', '--component', '--control-port', '--json'],
}

/** What `--help` of each command prints, and that it leaves exit code 0: in one process, for each takes a while to start. */
async function helpsOf(commands: readonly string[]): Promise<string[]> {
  const [cli, stripped] = ['cli/main.ts', 'strip-cache.js'].map(path => import.meta.resolve(`../runtime/${path}`))
  const script = `const { main } = await import('${cli}')
for (const command of ${JSON.stringify(commands)}) {
  await main(['node', 'archlab', command, '--help'])
  if (process.exitCode !== 0) throw new Error(command)
  process.stdout.write('\\f')
}`
  const node = ['--import', stripped!, '--input-type=module', '--eval', script]
  const { stdout } = await promisify(execFile)(process.execPath, node)
  return stdout.split('\f')
}

test('--help of the program names every command, and that of a command its options, with exit code 0', async t => {
  const program = await Cli.run(t, ['--help'])
  assert.equal(program.code, 0)
  assert.equal(program.stderr, '')
  const [first] = Object.keys(COMMANDS)
  assert.equal((await Cli.run(t, [first!, '--help'])).code, 0)
  const helps = await helpsOf(Object.keys(COMMANDS))
  for (const [at, [command, options]] of Object.entries(COMMANDS).entries()) {
    assert.match(program.stdout, new RegExp(`^ +${command} .*\\w`, 'm'))
    const stdout = helps[at]!
    assert.match(stdout, new RegExp(`^Usage: archlab ${command} `))
    for (const option of [...options, '--help']) assert.ok(stdout.includes(option), `${command} ${option}`)
  }
  const named = [...program.stdout.matchAll(/^ {2}([a-z-]+) /gm)].map(match => match[1])
  assert.deepEqual(new Set(named), new Set([...Object.keys(COMMANDS), 'help']))
})

test('--version tells the version', async t => {
  const { code, stdout } = await Cli.run(t, ['--version'])
  assert.equal(code, 0)
  assert.match(stdout, /^\d+\.\d+\.\d+\n$/)
})

const WRONG_USAGE = [
  ['starte'],
  ['up', '--fil', 'x'],
  ['up', '--file'],
  ['up', '--control-port', '65536'],
  ['up', '--control-port', '-1'],
  ['up', '--control-port', 'x'],
  ['up', '--seed', '1.5'],
  ['up', 'topology.yaml'],
  ['check', '--control-port', '1'],
  ['ps', 'edge'],
]

test('Wrong usage is told on stderr with exit code 2', async t => {
  for (const args of WRONG_USAGE) {
    const { code, stdout, stderr } = await Cli.run(t, args)
    assert.equal(code, 2, args.join(' '))
    assert.equal(stdout, '')
    assert.match(stderr, /^error: /, args.join(' '))
  }
  assert.match((await Cli.run(t, ['chekc'])).stderr, /Did you mean check\?/)
})

test('An invalid topology ends check and up with exit code 2, all problems told at once', async t => {
  const folder = folderWith(t, {
    'topology.yaml': 'name: x\ncomponents:\n  a: { kind: load-balancr, port: 99999 }\n  b: { kind: worker, prt: 1 }\n',
    'empty.yaml': '',
    'tab.yaml': 'components:\n\ta: 1\n',
  })
  for (const command of ['check', 'up']) {
    const { code, stdout, stderr } = await Cli.run(t, [command, '--file', join(folder, 'topology.yaml')])
    assert.equal(code, 2)
    const told = stdout + stderr
    assert.match(told, /topology\.yaml:3:14.*TOPOLOGY_UNKNOWN_KIND|TOPOLOGY_UNKNOWN_KIND.*topology\.yaml:3:14/)
    assert.match(told, /did you mean "?load-balancer/)
    assert.match(told, /TOPOLOGY_OUT_OF_RANGE/)
    assert.match(told, /TOPOLOGY_UNKNOWN_SETTING|TOPOLOGY_UNKNOWN_KEY/)
    assert.ok(!told.includes('    at '), 'no stack')
  }
  const codes = { 'empty.yaml': 'TOPOLOGY_EMPTY', 'tab.yaml': 'TOPOLOGY_TAB', 'none.yaml': 'TOPOLOGY_UNREADABLE' }
  for (const [file, problem] of Object.entries(codes)) {
    const { code, stdout } = await Cli.run(t, ['check', '--json', '--file', join(folder, file)])
    assert.equal(code, 2, file)
    assert.equal(JSON.parse(stdout).problems[0].code, problem)
  }
})

test('check says that the topology of the lab is valid; --set patches it, and a path that matches nothing is told', async t => {
  const good = await Cli.run(t, ['check', '--file', LAB5_FILE])
  assert.equal(good.code, 0)
  assert.match(good.stdout, /valid, 9 components, 10 replicas/)
  const patched = await Cli.run(t, ['check', '--file', LAB5_FILE, '--set', 'components.worker.replicas=3'])
  assert.match(patched.stdout, /12 replicas/)
  const wrong = await Cli.run(t, ['check', '--file', LAB5_FILE, '--set', 'components.wroker.replicas=3'])
  assert.equal(wrong.code, 2)
  assert.match(wrong.stdout + wrong.stderr, /TOPOLOGY_SET_NO_MATCH[\s\S]*did you mean "?worker/)
})

test('explain knows every kind and tactic, and helps with a name that does not exist', async t => {
  const catalogue = await Cli.run(t, ['explain', '--json'])
  assert.equal(catalogue.code, 0)
  JSON.parse(catalogue.stdout)
  for (const name of ['load-balancer', 'rate-limit']) {
    const { code, stdout } = await Cli.run(t, ['explain', name])
    assert.equal(code, 0)
    assert.ok(stdout.includes(name))
  }
  const unknown = await Cli.run(t, ['explain', 'rate-limt'])
  assert.equal(unknown.code, 2)
  assert.match(unknown.stderr, /TOPOLOGY_UNKNOWN_TOPIC[\s\S]*rate-limit/)
})

test('A port that another process has ends up with exit code 4, the process named, and nothing started', async t => {
  const holder = createServer()
  t.after(() => holder.close())
  await new Promise<void>(resolve => holder.listen(0, '127.0.0.1', resolve))
  const { port } = holder.address() as { port: number }
  const [free] = await freePorts(1)
  const folder = folderWith(t, {
    'topology.yaml': `components:\n  a: { kind: microservice, port: ${free} }\n  b: { kind: microservice, port: ${port} }\n`,
  })
  const file = join(folder, 'topology.yaml')
  const runs = [
    ['up', '--control-port', '0', '--file', file],
    ['up', '--control-port', String(port), '--file', file, '--set', `components.b.port=${free! + 1}`],
  ]
  for (const args of runs) {
    const cli = Cli.start(t, args)
    assert.equal(await cli.exit(), 4)
    assert.match(cli.stderr, /LAB_PORT_IN_USE/)
    assert.ok(cli.stderr.includes(`port ${port} of `), cli.stderr)
    if (canSeeSockets) assert.ok(cli.stderr.includes(`process ${process.pid} (`), cli.stderr)
    assert.deepEqual(cli.processes(), [])
  }
})

test('A kind and a tactic given by path, relative to the topology, work', async t => {
  const [edge, greeter] = await freePorts(2)
  const file = fileURLToPath(new URL('support/by-path/topology.yaml', import.meta.url))
  const set = ['--set', `components.edge.port=${edge}`, '--set', `components.greeter.port=${greeter}`]
  const folder = folderWith(t, {})
  const cli = Cli.start(t, ['up', '--json', '--control-port', '0', '--file', file, ...set], { cwd: folder })
  const { controlUrl } = await cli.ready()
  const reply = await httpCall(`http://127.0.0.1:${edge}/`)
  assert.equal(reply.text, '{"GREETING":"MOIN"}!')
  const { json } = await httpCall(`${controlUrl}/status`)
  assert.equal(json.components.greeter.counters.greeted, 1)
  assert.equal(json.components.greeter.tactics[0].counters.shouted, 1)
  cli.signal('SIGINT')
  assert.equal(await cli.exit(), 0)
})
