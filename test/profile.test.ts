import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { freePorts } from '@archlab/runtime/whole-lab'
import { Cli, folderWith } from './support/cli.ts'
import { supportModule } from './support/lab5.ts'

/** A component with a function that takes three fifths of its time. */
const PLANTED_SHARE = 0.6
/** How far from it a profile may be. */
const TOLERANCE = 0.05

const PLANTED = `
name: planted
threads: 2
components:
  front: { kind: load-balancer, port: PORT, to: planted }
  planted:
    kind: ${supportModule('planted.ts')}
    # Far shorter than a slice of the scheduler, which would else hide one of the two from the profiler on a busy machine.
    burnMs: 0.6
    restMs: 0.4
    tactics: [{ rate-limit: { max: 1000000, per: 1s } }]
workloads:
  hit:
    entry: front
    arrivals: { closed: { users: 2 } }
    warmup: 300ms
    duration: 2500ms
    requests: [{ request: GET / }]
`

async function plantedLab(t: Parameters<typeof folderWith>[0]): Promise<{ folder: string; file: string }> {
  const [port] = await freePorts(1)
  const folder = folderWith(t, { 'topology.yaml': PLANTED.replace('PORT', String(port)) })
  return { folder, file: join(folder, 'topology.yaml') }
}

test('A function that is planted in a worker thread is found with its share, its file and its line', async t => {
  const { folder, file } = await plantedLab(t)
  const output = join(folder, 'out')
  const { code, stdout, stderr } = await Cli.run(t, ['profile', '--file', file, '--output', output, '--json'])
  assert.equal(code, 0, stderr)
  const result = JSON.parse(stdout)
  assert.equal(result.folder, output)
  const planted = result.threads.find((one: any) => one.component === 'planted')
  const burn = result.hottest.find((one: any) => one.function === 'plantedBurn')
  const own = result.shares.find((row: any) => row.component === 'planted' && row.category === 'component')
  const rest = result.hottest.find((one: any) => one.function === 'remainder')
  // Of what the two take: on a busy machine the thread is kept from working anywhere else too.
  const share = burn.total / (burn.total + rest.total)
  assert.ok(Math.abs(share - PLANTED_SHARE) < TOLERANCE, `${share}`)
  assert.ok(own.amount < planted.amount, 'the rest of the thread is more than its component')
  assert.equal(burn.category, 'component')
  const [, path, line] = /^(.*):(\d+)$/.exec(burn.place)!
  assert.match(path!, /planted\.ts$/)
  const source = readFileSync(supportModule('planted.ts'), 'utf8').split('\n')
  assert.match(source[Number(line) - 1]!, /function plantedBurn/)

  const sum = result.shares.reduce((total: number, row: any) => total + row.share, 0)
  assert.ok(Math.abs(sum - 1) < 1e-9, 'the shares add up to everything')
  assert.ok(result.requests > 0)

  assert.deepEqual(readdirSync(output).sort(), [
    'report.html',
    'result.json',
    'thread-0.cpuprofile',
    'thread-1.cpuprofile',
  ])
  assert.match(readFileSync(join(output, 'report.html'), 'utf8'), /plantedBurn planted\.ts:/)

  // The same result once more beside itself: nothing differs, and no lab is needed.
  const diff = await Cli.run(t, [
    'profile',
    '--file',
    file,
    '--json',
    '--output',
    join(folder, 'diff'),
    '--diff',
    output,
    output,
  ])
  assert.equal(diff.code, 0, diff.stderr)
  const compared = JSON.parse(diff.stdout)
  assert.equal(compared.before, compared.after)
  assert.ok(compared.changed.every((row: any) => row.delta === 0))
  assert.ok(existsSync(join(folder, 'diff', 'report.html')))
})

test('Allocations are recorded in a running lab, which goes on', async t => {
  const { folder, file } = await plantedLab(t)
  const up = Cli.start(t, ['up', '--file', file, '--json', '--control-port', '0'])
  const { controlUrl } = await up.ready()
  const port = new URL(controlUrl).port
  const attached = ['profile', 'planted', '--file', file, '--attach', '--control-port', port, '--json']
  const output = join(folder, 'heap')
  const heap = await Cli.run(t, [
    ...attached,
    '--heap',
    '--interval',
    '1kb',
    '-w',
    'hit',
    '-d',
    '1s',
    '--output',
    output,
  ])
  assert.equal(heap.code, 0, heap.stderr)
  const result = JSON.parse(heap.stdout)
  assert.deepEqual([result.of, result.threads.map((one: any) => one.component)], ['heap', ['planted']])
  assert.ok(result.shares.some((row: any) => row.category === 'component' && row.amount > 0))

  const idle = await Cli.run(t, [
    ...attached,
    '--on-saturation',
    '-w',
    'hit',
    '-R',
    '2/s',
    '-d',
    '2500ms',
    '--output',
    join(folder, 'no'),
  ])
  assert.equal(idle.code, 1, idle.stderr)
  assert.match(idle.stderr, /busiest event loop was planted\/0/)
  assert.equal(existsSync(join(folder, 'no')), false)

  const bad = await fetch(`${controlUrl}/profile`, { method: 'POST', body: '{"action":"start","of":"cpu"}' })
  assert.equal(bad.status, 401, 'recording takes the token, as every change does')
  up.signal('SIGINT')
  assert.equal(await up.exit(), 0)
})

const WRONG: [string, string[], RegExp][] = [
  ['a component that does not exist', ['plantde'], /did you mean "planted"/],
  ['two that exclude each other', ['--attach', '--diff', 'a', 'b'], /do not go together/],
  ['an interval that is none', ['--interval', 'often'], /--interval/],
  ['one side alone', ['--diff', 'threads=1'], /--diff takes two sides/],
  ['a folder without a profile', ['--diff', '/', '/'], /holds no profile/],
]

test('Wrong usage ends with 2 and says what is wrong', async t => {
  const { file } = await plantedLab(t)
  await Promise.all(
    WRONG.map(async ([what, args, words]) => {
      const { code, stderr } = await Cli.run(t, ['profile', ...args, '--file', file])
      assert.equal(code, 2, `${what}: ${stderr}`)
      assert.match(stderr, words)
    }),
  )
})
