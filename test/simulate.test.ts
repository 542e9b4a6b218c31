import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { eventually } from '@archlab/runtime/whole-lab'
import { Cli } from './support/cli.ts'

const FILE = join(fileURLToPath(new URL('..', import.meta.url)), 'examples/mm1.yaml')

test('archlab simulate --json is one object on stdout, the same for the same seed; replications are counted', async t => {
  const args = ['simulate', 'poisson', '-f', FILE, '-n', '500', '--warmup', '0s', '--seed', '5', '--json']
  const { code, stdout, stderr } = await Cli.run(t, [...args, '--replications', '2'])
  assert.deepEqual([code, stderr], [0, ''])
  const { format, seed, complete, replications, estimates } = JSON.parse(stdout)
  assert.deepEqual([format, seed, complete], ['archlab-simulation/1', 5, true])
  assert.deepEqual(
    replications.map((run: { seed: number; totals: { intended: number } }) => [run.seed, run.totals.intended]),
    [
      [5, 500],
      [6, 500],
    ],
  )
  assert.equal(estimates[0].method, 'replications')
  const alone = JSON.parse((await Cli.run(t, args)).stdout)
  assert.deepEqual(alone.replications[0], replications[0])
})

test('wrong usage of archlab simulate ends with 2 and a hint, and prints nothing on stdout', async t => {
  for (const [option, value, words] of [
    ['--replications', '0', /whole number from 1/],
    ['--hop-cost', 'much', /"much"/],
    ['--rate', 'fast', /"fast" is not a rate/],
  ] as const) {
    const { code, stdout, stderr } = await Cli.run(t, ['simulate', 'poisson', '-f', FILE, option, value])
    assert.deepEqual([code, stdout], [2, ''], option)
    assert.match(stderr, words)
  }
})

test('Ctrl-C ends a simulation with what stands, cut short, and exit code 3', async t => {
  const cli = Cli.start(t, ['simulate', 'poisson', '-f', FILE, '-d', '7d', '--warmup', '0s'])
  // It says every five seconds how far it is.
  await eventually(() => cli.stderr.includes('simulated'), 'it simulates', 60_000)
  cli.signal('SIGINT')
  assert.equal(await cli.exit(), 3)
  assert.match(cli.stdout, /CUT SHORT/)
  assert.match(cli.stdout, /all +mean/)
})
