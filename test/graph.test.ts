import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { elementsOf, parseXml } from '@archlab/runtime/testing'
import { Cli, folderWith } from './support/cli.ts'
import { LAB5_FILE } from './support/lab5.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const DOCUMENT = readFileSync(join(ROOT, 'docs/graph.md'), 'utf8')

/** c calls a, then b; the entry d calls a and c at once, then b. */
const CANONICAL = `
name: canonical
components:
  d:
    kind: service
    port: 8000
    replicas: 2
    script: [{ work: { exponential: 2ms } }, { parallel: [{ call: a }, { call: c }] }, { call: b }]
  c: { kind: service, replicas: 2, script: [{ work: 1ms }, { call: a }, { call: b }] }
  a: { kind: service, replicas: 2, script: [{ work: 3ms }] }
  b: { kind: service, replicas: 2, script: [{ work: { cpu: { uniform: [2ms, 6ms] } } }] }
`

test('The canonical graph of services: six executions a request, and the critical path of means', async t => {
  const folder = folderWith(t, { 'lab.yaml': CANONICAL })
  const { code, stdout, stderr } = await Cli.run(t, ['graph', '--json', '--strict', '-f', join(folder, 'lab.yaml')])
  assert.deepEqual([code, stderr], [0, ''])
  const { name, nodes, edges, figures, endpoints, findings, untimed } = JSON.parse(stdout)
  assert.equal(name, 'canonical')
  assert.deepEqual(
    nodes.map((node: { name: string }) => node.name),
    ['d', 'c', 'a', 'b'],
  )
  assert.equal(edges.length, 5)
  assert.deepEqual([figures.shape, figures.depth, figures.entries], ['dag', 3, ['d']])
  assert.equal(endpoints.length, 1)
  assert.deepEqual(endpoints[0].perComponent, { d: 1, c: 1, a: 2, b: 2 })
  assert.equal(endpoints[0].total, 6)
  // c takes 1 + 3 + 4, longer than a's 3; d's own 2 and b's 4 come before and after.
  assert.deepEqual(endpoints[0].criticalPath, { meanMs: 14, chain: ['d', 'c', 'b'], ownMs: { d: 2, c: 1, a: 3, b: 8 } })
  assert.deepEqual([findings, untimed], [[], []])
})

test('docs/graph.md shows what the command prints of the default topology', async t => {
  const { code, stdout } = await Cli.run(t, ['graph'], { cwd: ROOT })
  assert.equal(code, 0)
  const [, shown] = /```text\n([\s\S]*?)```/.exec(DOCUMENT)!
  assert.equal(shown, stdout, 'put what "npx archlab graph" prints into docs/graph.md')
})

test('A picture of the default topology is one well-formed SVG file with every component, port and tactic', async t => {
  const folder = folderWith(t, {})
  const { code, stdout, stderr } = await Cli.run(t, ['graph', '-f', LAB5_FILE, '-o', join(folder, 'lab5.svg')])
  assert.deepEqual([code, stdout], [0, ''])
  assert.match(stderr, /^wrote .*lab5\.svg; 2 warnings, 4 notes: see archlab graph\n$/)
  const root = parseXml(readFileSync(join(folder, 'lab5.svg'), 'utf8'))
  assert.equal(root.name, 'svg')
  const texts = [...elementsOf(root)].filter(one => one.name === 'text').map(one => one.text)
  for (const text of [
    'edge',
    ':8000',
    'gateway',
    '×2',
    ':5000 :5003',
    'rate-limit POST /login',
    'POST /longtask → /task',
  ]) {
    assert.ok(texts.includes(text), text)
  }
  assert.equal(texts.filter(text => text === 'cache: store').length, 2)
})

test('The Mermaid text goes to stdout, is the same each time, and to a file that ends in .mmd', async t => {
  const folder = folderWith(t, {})
  const first = await Cli.run(t, ['graph', '--format', 'mermaid', '-f', LAB5_FILE])
  assert.deepEqual([first.code, first.stderr], [0, ''])
  const lines = first.stdout.trimEnd().split('\n')
  assert.deepEqual(lines.slice(0, 4), ['---', 'title: "lab5"', '---', 'flowchart LR'])
  const node = /^ {2}n\d+(\["[^"]*"\]|\[\["[^"]*"\]\])$/
  const arrow = /^ {2}n\d+ (-->|-\.->)(\|"[^"]*"\|)? n\d+$/
  assert.equal(lines.filter(line => node.test(line)).length, 9)
  assert.equal(lines.filter(line => arrow.test(line)).length, 12)
  assert.equal(lines.length, 4 + 9 + 12)
  const file = join(folder, 'lab.mmd')
  await Cli.run(t, ['graph', '-f', LAB5_FILE, '--output', file])
  assert.equal(readFileSync(file, 'utf8'), first.stdout)
})

test('--strict ends in 1 when there is a warning, and says it where stdout does not; a second replica mends it', async t => {
  const mended = ['--set', 'components.edge.replicas=2', '--set', 'components.services.replicas=2']
  for (const format of ['text', 'mermaid']) {
    const strict = await Cli.run(t, ['graph', '--strict', '--format', format, '-f', LAB5_FILE])
    assert.equal(strict.code, 1, format)
    assert.match(
      strict[format === 'text' ? 'stdout' : 'stderr'],
      /GRAPH_SINGLE_POINT_OF_FAILURE {2}edge has one replica/,
    )
    const good = await Cli.run(t, ['graph', '--strict', '--format', format, '-f', LAB5_FILE, ...mended])
    assert.deepEqual([good.code, good.stderr], [0, ''], format)
  }
})

test('--json with --output writes the picture and prints the figures', async t => {
  const folder = folderWith(t, {})
  const file = join(folder, 'lab.svg')
  const { code, stdout } = await Cli.run(t, ['graph', '--json', '-f', LAB5_FILE, '-o', file])
  assert.equal(code, 0)
  assert.equal(JSON.parse(stdout).figures.components, 9)
  assert.match(readFileSync(file, 'utf8'), /^<svg /)
})

test('Wrong use of graph is told with exit code 2, and nothing is written', async t => {
  const folder = folderWith(t, { 'broken.yaml': 'components: { a: { kind: nothing } }\n' })
  const cases: [string[], RegExp][] = [
    [['-f', LAB5_FILE, '-o', join(folder, 'lab.png')], /CLI_USAGE.*lab\.png[\s\S]*--format/],
    [['-f', LAB5_FILE, '-o', join(folder, 'none', 'lab.svg')], /CLI_USAGE.*cannot write/],
    [['-f', LAB5_FILE, '--json', '--format', 'svg'], /CLI_USAGE[\s\S]*--output/],
    [['-f', LAB5_FILE, '--format', 'png'], /svg, mermaid, text/],
    [['-f', join(folder, 'broken.yaml'), '-o', join(folder, 'lab.svg')], /TOPOLOGY_UNKNOWN_KIND/],
  ]
  for (const [args, told] of cases) {
    const { code, stdout, stderr } = await Cli.run(t, ['graph', ...args])
    assert.deepEqual([code, stdout], [2, ''], args.join(' '))
    assert.match(stderr, told)
  }
  for (const name of ['lab.png', 'lab.svg']) assert.ok(!existsSync(join(folder, name)), name)
})

test('A secret of the topology is in no picture and in no figures', async t => {
  const folder = folderWith(t, {
    'lab.yaml': `components:
  edge:
    kind: api-gateway
    port: 8000
    routes: [{ match: GET /data, to: service, path: '\${HUSH_PATH}', tactics: [{ auth: { verify: local, secret: '\${HUSH_KEY}' } }] }]
  service: { kind: service, endpoints: { GET /data: [] } }
`,
  })
  const env = { HUSH_PATH: '/hushpath', HUSH_KEY: 'hushkey-that-is-long-enough-for-hmac-256' }
  for (const args of [['--json'], ['--format', 'svg'], ['--format', 'mermaid'], ['--format', 'text']]) {
    const { code, stdout, stderr } = await Cli.run(t, ['graph', ...args, '-f', join(folder, 'lab.yaml')], { env })
    assert.equal(code, 0, stderr)
    assert.doesNotMatch(stdout + stderr, /hush(path|key)/)
    assert.match(stdout, /\*\*\*|#42;#42;#42;/)
  }
})
