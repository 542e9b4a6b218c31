import assert from 'node:assert/strict'
import { test } from 'node:test'
import { elementsOf, parseXml, type XmlElement } from '@archlab/runtime/testing'
import { analysisOf, type ComponentNote, call } from './fixtures/lab-of.ts'
import type { GraphNode } from './graph.ts'
import { svgOf } from './svg.ts'

function drawn(notes: Record<string, ComponentNote>): { root: XmlElement; all: XmlElement[] } {
  const { graph, figures } = analysisOf(notes)
  const root = parseXml(svgOf(graph, figures)!)
  return { root, all: [...elementsOf(root)] }
}

const classed = (all: readonly XmlElement[], name: string): XmlElement[] =>
  all.filter(one => one.attributes.class?.split(' ').includes(name))

const LAB: Record<string, ComponentNote> = {
  edge: { port: 8000, forward: { to: ['a', 'b'], policy: { name: 'random', settings: {}, weights: {} } } },
  a: { replicas: 2, links: { store: { to: ['store'], tactics: [{ name: 'retry' }, { name: 'timeout' }] } } },
  b: { replicas: 5, script: [call('store')], tactics: [{ name: 'guard', asks: ['keys'], match: 'GET /x' }] },
  store: {},
  keys: {},
}

test('a drawing is one self-contained file with a title and a description, for light and dark', () => {
  const { root, all } = drawn(LAB)
  assert.equal(root.name, 'svg')
  assert.equal(root.attributes.role, 'img')
  const labels = root.attributes['aria-labelledby']!.split(' ').map(id => all.find(one => one.attributes.id === id)!)
  assert.deepEqual(
    labels.map(one => one.name),
    ['title', 'desc'],
  )
  assert.match(labels[1]!.text, /edge \(thing, port 8000\) calls a, b\..*b \(thing, 5 replicas\) calls store\./)
  assert.match(all.find(one => one.name === 'style')!.text, /prefers-color-scheme:dark/)
  const foreign = all.flatMap(one => Object.values(one.attributes)).filter(value => /^https?:/.test(value))
  assert.deepEqual(foreign, ['http://www.w3.org/2000/svg'])
})

test('a drawing shows names, kinds, ports, replicas as a stack, and tactics in order', () => {
  const { all } = drawn(LAB)
  const texts = (name: string): string[] => classed(all, name).map(one => one.text)
  assert.deepEqual(texts('name'), ['edge', 'a', 'b', 'store', 'keys'])
  assert.deepEqual(texts('ports'), [':8000'])
  assert.deepEqual(texts('replicas'), ['×2', '×5'])
  assert.deepEqual(texts('chip-text'), ['retry', 'timeout', 'guard GET /x'])
  assert.deepEqual(texts('label'), ['random', 'guard: with'])
  const sheets = classed(all, 'name').map(({ text }) => {
    const group = all.find(one => one.name === 'g' && one.children.some(child => child.text === text))!
    return classed(group.children, 'box').length
  })
  assert.deepEqual(sheets, [1, 2, 3, 1, 1])
})

test('a link with several targets parts at a joint, a link of a tactic is dashed, the legend explains both', () => {
  const { all } = drawn(LAB)
  const lines = all.filter(one => one.name === 'path' && one.attributes.class?.startsWith('line'))
  const count = (name: string): number => classed(lines, name).length
  // edge to the joint, from there to a and b, a and b to the store, and one in the legend.
  assert.deepEqual([count('call'), count('tactic')], [5 + 1, 1 + 1])
  assert.equal(classed(all, 'joint').length, 1 + 1)
  assert.match(all.find(one => one.name === 'style')!.text, /\.line\.tactic\{[^}]*stroke-dasharray/)
  const words = all.map(one => one.text)
  for (const word of ['calls', 'balances over', 'asked by a tactic', 'several replicas'])
    assert.ok(words.includes(word))
})

test('everything lies inside of the drawing', () => {
  const { root } = drawn(LAB)
  const [width, height] = [Number(root.attributes.width), Number(root.attributes.height)]
  const visit = (one: XmlElement, left: number, top: number): void => {
    const [, x = '0', y = '0'] = /translate\(([\d.]+) ([\d.]+)\)/.exec(one.attributes.transform ?? '') ?? []
    const shift = [left + Number(x), top + Number(y)] as const
    if (one.name === 'rect') {
      const [from, to] = [shift[0] + Number(one.attributes.x ?? 0), shift[1] + Number(one.attributes.y ?? 0)]
      assert.ok(from >= 0 && from + Number(one.attributes.width) <= width)
      assert.ok(to >= 0 && to + Number(one.attributes.height) <= height)
    }
    for (const child of one.children) visit(child, ...shift)
  }
  visit(root, 0, 0)
})

test('no text gets out of its place', () => {
  const { graph, figures } = analysisOf({ a: { port: 80 } })
  const nasty = `</text><script>"'&\u0000]]>`
  const node: GraphNode = { ...graph.nodes[0]!, tactics: [{ name: 't', settings: nasty, match: nasty }] }
  const root = parseXml(svgOf({ ...graph, nodes: [node] }, figures)!)
  const chip = classed([...elementsOf(root)], 'chip-text')[0]!
  assert.equal(chip.text, `t ${nasty.replace('\u0000', '\ufffd')}`)
  assert.ok(![...elementsOf(root)].some(one => one.name === 'script'))
})

test('a tree of 1,000 components is analysed and drawn', () => {
  const notes: Record<string, ComponentNote> = {}
  for (let at = 0; at < 1000; at++) {
    const callees = Array.from({ length: 3 }, (_, child) => 3 * at + child + 1).filter(child => child < 1000)
    notes[`s${at}`] = { ...(at === 0 ? { port: 80 } : {}), script: callees.map(child => call(`s${child}`)) }
  }
  const { graph, figures, endpoints, findings } = analysisOf(notes)
  assert.deepEqual([figures.shape, figures.components, figures.depth], ['tree', 1000, 7])
  assert.equal(endpoints[0]!.total, 1000)
  // 333 components call others.
  assert.equal(findings.filter(one => one.code === 'GRAPH_SINGLE_POINT_OF_FAILURE').length, 333)
  const all = [...elementsOf(parseXml(svgOf(graph, figures)!))]
  assert.equal(classed(all, 'name').length, 1000)
})

test('a graph with too many lines for a picture is not drawn', () => {
  const notes: Record<string, ComponentNote> = {}
  for (let at = 0; at < 60; at++) {
    const callees = Array.from({ length: 59 - at }, (_, next) => call(`s${at + next + 1}`))
    notes[`s${at}`] = { ...(at === 0 ? { port: 80 } : {}), script: callees }
  }
  const { graph, figures } = analysisOf(notes)
  assert.equal(figures.links, (60 * 59) / 2)
  assert.equal(svgOf(graph, figures), null)
})
