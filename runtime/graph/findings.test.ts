import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { analyseWith } from './analyse.ts'
import { FINDINGS } from './findings.ts'
import { analysisOf, type ComponentNote, call, labOf } from './fixtures/lab-of.ts'

/** Code and components of every finding. */
function found(notes: Record<string, ComponentNote>, names?: { name?: string; file?: string }): string[] {
  return analysisOf(notes, names).findings.map(one => [one.code.replace('GRAPH_', ''), ...one.components].join(' '))
}

const two = { replicas: 2 }

test('a lab without weaknesses has no findings', () => {
  const notes = { edge: { port: 80, ...two, script: [call('a'), call('b')] }, a: two, b: two }
  assert.deepEqual(analysisOf(notes).findings, [])
})

test('components that nothing can call are told one by one', () => {
  const notes = { edge: { port: 80, ...two }, lost: { ...two, script: [call('b')] }, b: two }
  assert.deepEqual(found(notes), ['UNREACHABLE lost', 'UNREACHABLE b'])
})

test('a call that no endpoint of its target takes is told once, with what was asked for', () => {
  const { findings } = analysisOf({
    edge: { port: 80, ...two, endpoints: { 'GET /a': [call('b', 'POST /x')], 'GET /b': [call('b', 'POST /x')] } },
    b: { ...two, endpoints: { 'GET /x': [] } },
  })
  assert.equal(findings.length, 1)
  assert.deepEqual([findings[0]!.code, findings[0]!.components], ['GRAPH_NO_ENDPOINT', ['edge', 'b']])
  assert.match(findings[0]!.message, /POST \/x/)
})

test('what a kind without a model sends is not known, so no endpoint is missed', () => {
  assert.deepEqual(
    found({ edge: { port: 80, ...two, links: { b: 'b' } }, b: { ...two, endpoints: { 'GET /x': [] } } }),
    [],
  )
})

test('a path that holds a secret is not shown', () => {
  const { topology, behaviours } = labOf({
    edge: { port: 80, ...two, links: { b: { to: ['b'], path: '/hush' } }, script: [call('b')] },
    b: { ...two, endpoints: { 'GET /x': [] } },
  })
  const analysis = analyseWith({ ...topology, secrets: ['/components/edge/links/0/path'] }, behaviours)
  assert.deepEqual(
    analysis.findings.map(one => one.code),
    ['GRAPH_NO_ENDPOINT'],
  )
  assert.ok(!JSON.stringify(analysis).includes('hush'))
})

test('a tree that calls itself a mesh by its name or its file is told, a graph with a shared component is not', () => {
  const tree = { a: { port: 80, ...two, script: [call('b'), call('c')] }, b: two, c: two }
  const shared = { a: { port: 80, ...two, script: [call('b'), call('c')] }, b: { ...two, script: [call('c')] }, c: two }
  assert.deepEqual(found(tree, { name: 'My-Mesh' }), ['MESH_IS_TREE'])
  assert.deepEqual(found(tree, { file: '/home/mesh/big-mesh.yaml' }), ['MESH_IS_TREE'])
  assert.deepEqual(found(tree, { file: '/home/mesh/lab.yaml' }), [])
  assert.deepEqual(found(shared, { name: 'mesh' }), [])
  assert.deepEqual(found({ a: { port: 80, ...two } }, { name: 'mesh' }), [])
})

test('one replica on the only way to others is a warning, one at the end of the links a note', () => {
  const { findings } = analysisOf({ a: { port: 80, script: [call('b')] }, b: {} })
  assert.deepEqual(
    findings.map(({ code, severity, components }) => [code, severity, ...components]),
    [
      ['GRAPH_SINGLE_POINT_OF_FAILURE', 'warning', 'a'],
      ['GRAPH_SINGLE_REPLICA', 'note', 'b'],
    ],
  )
})

test('a component that one request executes ten times is told, one executed nine times is not', () => {
  const times = (count: number) => Array.from({ length: count }, () => call('b'))
  assert.deepEqual(found({ a: { port: 80, ...two, script: times(9) }, b: two }), [])
  const { findings } = analysisOf({
    a: { port: 80, ...two, endpoints: { 'GET /x': times(9), 'GET /y': times(10) } },
    b: two,
  })
  assert.deepEqual(
    findings.map(one => one.code),
    ['GRAPH_FAN_OUT'],
  )
  assert.match(findings[0]!.message, /one GET \/y to a makes b execute 10 times/)
})

test('docs/graph.md has every code once, in order, with its severity and meaning', () => {
  const document = readFileSync(new URL('../../docs/graph.md', import.meta.url), 'utf8')
  const rows = [...document.matchAll(/^\| `(GRAPH_\w+)` \| (\w+) \| (.*?) \| (.*) \|$/gm)]
  assert.deepEqual(
    rows.map(([, code, severity, says]) => [code, severity, says]),
    Object.entries(FINDINGS).map(([code, { severity, says }]) => [code, severity, says]),
  )
  for (const [, code, , , advice] of rows) assert.ok(advice!.length > 10, code)
})
