import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { callMany, httpCall, type LabUnderTest, startLab } from '@archlab/runtime/whole-lab'
import { Cli, folderWith } from './support/cli.ts'
import { catalogs } from './support/lab5.ts'

/*
 * Graphs of isotope and work models of muBench, imported with `archlab import`, started, and asked: executions against
 * figures computed by hand from the files in support/import/.
 */

const fixture = (name: string): string => fileURLToPath(new URL(`support/import/${name}`, import.meta.url))

interface Imported {
  lab: LabUnderTest
  /** What was said on stderr. */
  stderr: string
}

async function start(t: TestContext, name: string): Promise<Imported> {
  const file = join(folderWith(t, {}), 'topology.yaml')
  const { code, stdout, stderr } = await Cli.run(t, ['import', fixture(name), '--output', file])
  assert.equal(code, 0, stderr)
  assert.equal(stdout, '')
  const check = await Cli.run(t, ['check', '--file', file])
  assert.equal(check.code, 0, check.stdout)
  return { lab: await startLab(t, { file }, { catalogs }), stderr }
}

/** Asks a component `count` times; resolves to how often each status came back. */
function ask(lab: LabUnderTest, component: string, count: number): Promise<Record<string, number>> {
  return callMany(count, 8, (_index, agent) => httpCall(lab.url(component), { agent }))
}

/** Requests that each component has answered. */
async function executions(lab: LabUnderTest): Promise<Record<string, number>> {
  const { components } = await lab.lab.status()
  return Object.fromEntries(Object.entries(components).map(([name, { received }]) => [name, received]))
}

/** Fails when `hits` of `tries` independent tries are too far from `probability`: chi-square, one degree, 0.1 %. */
function assertShare(hits: number, tries: number, probability: number, what: string): void {
  const square = (hits - tries * probability) ** 2 / (tries * probability * (1 - probability))
  assert.ok(square < 10.83, `${what}: ${hits} of ${tries} at ${probability}, chi-square ${square}`)
}

test('isotope: the canonical graph makes six executions a request', async t => {
  const { lab } = await start(t, 'canonical.yaml')
  assert.deepEqual(await ask(lab, 'd', 50), { 200: 50 })
  assert.deepEqual(await executions(lab), { a: 100, b: 100, c: 50, d: 50 })
  const { bytes } = await httpCall(lab.url('d'))
  assert.equal(bytes.length, 2048)
})

test('isotope: a tree of four levels with a shared leaf makes the executions that its paths add up to', async t => {
  const { lab } = await start(t, 'tree.yaml')
  assert.deepEqual(await ask(lab, 'root', 40), { 200: 40 })
  // left-left 2 a request; left-right 1 + 1; right-left 1 + 2; store 1 + 2 * 2 + 2 + 3.
  assert.deepEqual(await executions(lab), {
    root: 40,
    left: 40,
    right: 40,
    'left-left': 80,
    'left-right': 80,
    'right-left': 120,
    store: 400,
  })
})

test('isotope: a service that fails ends its callers, and what it would have called is not called', async t => {
  const { lab, stderr } = await start(t, 'shop.yaml')
  const requests = 600
  const { 200: good = 0, 500: failed = 0, ...others } = await ask(lab, 'front', requests)
  assert.deepEqual(others, {})
  const { ads, ...exact } = await executions(lab)
  // The cart fails before it asks the database; then the front asks nobody else.
  assert.deepEqual(exact, { front: requests, cart: requests, catalogue: good, db: 3 * good })
  assertShare(failed, requests, 0.1, 'failures')
  assertShare(ads!, good, 0.25, 'calls of ads')
  assert.match(stderr, /shop\.yaml:15:16 {2}services\.1\.errorRate: .* isotope fails exactly one in 10 requests/)
})

test('muBench: groups run in parallel, and every service of a group of many is called', async t => {
  const { lab } = await start(t, 'groups.json')
  assert.deepEqual(await ask(lab, 's0', 40), { 200: 40 })
  // s2: by s0 and by s1. sdb1: by s0, by s1, and twice by each s2.
  assert.deepEqual(await executions(lab), { s0: 40, s1: 40, s2: 80, sdb1: 240 })
  const { bytes } = await httpCall(lab.url('s0'))
  assert.equal(bytes.length, 10_000)
})

test('muBench: probabilities hold for each call on its own', async t => {
  const { lab } = await start(t, 'chances.json')
  const requests = 600
  assert.deepEqual(await ask(lab, 's0', requests), { 200: requests })
  const { s1 = 0, sdb1 = 0, ...exact } = await executions(lab)
  assert.deepEqual(exact, { s0: requests, s2: requests, s3: 0 })
  assertShare(s1, requests, 0.4, 'calls of s1')
  assertShare(sdb1 - requests, s1, 0.5, 'calls of sdb1 by s1')
})

test('muBench: one of a group is exactly one; of two of three each gets its share', async t => {
  const { lab, stderr } = await start(t, 'drawn.json')
  const requests = 600
  assert.deepEqual(await ask(lab, 's0', requests), { 200: requests })
  const { s1 = 0, s2 = 0, s3 = 0, s4, s5, s6 } = await executions(lab)
  assert.equal(s1 + s2 + s3, requests)
  for (const hits of [s1, s2, s3]) assertShare(hits, requests, 1 / 3, 'one of three')
  assertShare(s4!, requests, 0.5, 'two of three, called with 75 %')
  for (const hits of [s5, s6]) assertShare(hits!, requests, 2 / 3, 'two of three')
  assert.match(stderr, /seq_len: each of the 3 is called on its own with a probability of 2\/3.*exactly 2 of them/)
})

// ---- the command ----------------------------------------------------------------------------------------------------

test('without --output the topology goes to stdout, what is not carried over to stderr', async t => {
  const { code, stdout, stderr } = await Cli.run(t, ['import', fixture('shop.yaml')])
  assert.equal(code, 0)
  assert.match(
    stdout,
    /^# Imported from shop\.yaml, an isotope service graph\.\n# {3}npx archlab up -f topology\.yaml\n/,
  )
  assert.match(stdout, /^ {2}front:\n {4}kind: service\n {4}port: 8000\n/m)
  assert.match(stderr, /^not carried over, or only nearly:\n {2}\S+shop\.yaml:\d+:\d+ {2}\S+: /)
  assert.equal((await Cli.run(t, ['import', fixture('shop.yaml')])).stdout, stdout)
})

test('--json gives topology, notes and problems', async t => {
  const { code, stdout } = await Cli.run(t, ['import', fixture('chances.json'), '--json'])
  assert.equal(code, 0)
  const { topology, notes, problems } = JSON.parse(stdout)
  assert.deepEqual(topology.components.s1, { kind: 'service', script: [{ call: 'sdb1', chance: '50%' }] })
  assert.deepEqual(problems, [])
  for (const note of notes) assert.deepEqual(Object.keys(note), ['path', 'line', 'column', 'message', 'times'])
})

test('--output replaces no file unless --force says so, and names what cannot be written', async t => {
  const folder = folderWith(t, { 'old.yaml': 'mine\n' })
  const old = join(folder, 'old.yaml')
  const refused = await Cli.run(t, ['import', fixture('tree.yaml'), '--output', old])
  assert.equal(refused.code, 2)
  assert.match(refused.stderr, /IMPORT_OUTPUT_EXISTS/)
  assert.equal(readFileSync(old, 'utf8'), 'mine\n')
  const forced = await Cli.run(t, ['import', fixture('tree.yaml'), '--output', old, '--force'])
  assert.equal(forced.code, 0)
  assert.match(forced.stderr, /wrote .*old\.yaml; npx archlab up -f .*old\.yaml\n$/)
  assert.match(readFileSync(old, 'utf8'), /^# Imported from tree\.yaml/)
  const nowhere = await Cli.run(t, ['import', fixture('tree.yaml'), '--output', join(folder, 'no', 'x.yaml')])
  assert.equal(nowhere.code, 2)
  assert.match(nowhere.stderr, /IMPORT_OUTPUT_UNWRITABLE/)
})

test('a file that is invalid ends with exit code 2, all problems at once, and writes nothing', async t => {
  const folder = folderWith(t, { 'bad.yaml': 'services:\n- name: a\n  errorRate: 5\n  script: [ { call: b } ]\n' })
  const file = join(folder, 'bad.yaml')
  const output = join(folder, 'out.yaml')
  const { code, stdout, stderr } = await Cli.run(t, ['import', file, '--output', output])
  assert.equal(code, 2)
  assert.equal(stdout, '')
  assert.match(
    stderr,
    /bad\.yaml:3:14 {2}IMPORT_BAD_VALUE[\s\S]*\^\n[\s\S]*bad\.yaml:4:21 {2}IMPORT_UNKNOWN_SERVICE[\s\S]*hint: there are: a/,
  )
  assert.throws(() => readFileSync(output), /ENOENT/)
  const json = JSON.parse((await Cli.run(t, ['import', file, '--json'])).stdout)
  assert.equal(json.topology, null)
  assert.deepEqual(
    json.problems.map(({ code, line, column }: Record<string, unknown>) => [code, line, column]),
    [
      ['IMPORT_BAD_VALUE', 3, 14],
      ['IMPORT_UNKNOWN_SERVICE', 4, 21],
    ],
  )
})

test('what cannot be read, or is called wrongly, ends with exit code 2 and a reason', async t => {
  const folder = folderWith(t, {})
  writeFileSync(join(folder, 'bytes.yaml'), new Uint8Array([0xff, 0xfe, 0x00]))
  writeFileSync(join(folder, 'large.yaml'), `a: 1\n${'#'.repeat(16 * 1024 * 1024)}`)
  for (const [file, reason] of [
    ['none.yaml', /IMPORT_UNREADABLE {2}cannot read .*none\.yaml: ENOENT/],
    ['.', /IMPORT_UNREADABLE.*directory/],
    ['bytes.yaml', /IMPORT_UNREADABLE.*UTF-8/],
    ['large.yaml', /IMPORT_UNREADABLE.*larger than 16 MB/],
  ] as const) {
    const { code, stderr } = await Cli.run(t, ['import', join(folder, file)])
    assert.equal(code, 2, file)
    assert.match(stderr, reason)
  }
  for (const args of [['import'], ['import', 'x', '--format', 'helm'], ['import', 'x', '--cpu-work', '5']]) {
    const { code, stderr } = await Cli.run(t, args)
    assert.equal(code, 2, args.join(' '))
    assert.match(stderr, /^error: /)
  }
})

test('--cpu-work says what 100 digits of π cost', async t => {
  const { stdout } = await Cli.run(t, ['import', fixture('groups.json'), '--cpu-work', '40ms'])
  // One digit costs a ten-thousandth of a hundred.
  assert.match(stdout, /^ {2}sdb1:\n {4}kind: service\n {4}script:\n {6}- \{ work: \{ cpu: 4us \} \}\n/m)
})

test('the example of docs/import.md comes out as it stands there', async t => {
  const document = readFileSync(new URL('../docs/import.md', import.meta.url), 'utf8')
  const [source, topology] = [...document.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(match => match[1]!)
  const folder = folderWith(t, { 'graph.yaml': source! })
  const { code, stdout } = await Cli.run(t, ['import', join(folder, 'graph.yaml')])
  assert.equal(code, 0)
  assert.equal(stdout, topology)
})
