import assert from 'node:assert/strict'
import { test } from 'node:test'
import { elementsOf, parseXml, type XmlElement } from '@archlab/runtime/testing'
import fc from 'fast-check'
import type { Percentiles } from '../../load/result.ts'
import { labTopologyOf } from '../reading/lab-topology.ts'
import { sumsOf } from '../reading/statuses.ts'
import { sampleResult } from '../test-sample-result.ts'
import type { BoxText, Shape } from './component-box.ts'
import { percentileCurve } from './percentile-curve.ts'
import { linearScale, logScale, needsLog } from './scale.ts'
import { sparkline } from './sparkline.ts'
import { DRAWN_MAX, topologyPicture } from './topology-picture.ts'

const positive = fc.double({ min: 1e-4, max: 1e7, noNaN: true })

test('a linear axis begins at zero, ends at a round value beyond the highest, and has few ticks', () => {
  fc.assert(
    fc.property(positive, max => {
      const { ticks, at } = linearScale(max, [200, 0])
      assert.ok(at(max) >= -1e-6 && at(max) <= 200)
      assert.equal(at(0), 200)
      assert.ok(ticks.at(-1)! >= max * (1 - 1e-9) && ticks.length >= 2 && ticks.length <= 7)
    }),
  )
  assert.deepEqual(linearScale(61, [0, 1]).ticks, [0, 20, 40, 60, 80])
  assert.deepEqual(linearScale(0, [0, 1]).ticks.length > 1, true)
})

test('a logarithmic axis encloses its values, and labels powers of ten when there are many', () => {
  fc.assert(
    fc.property(positive, positive, (one, other) => {
      const [min, max] = [Math.min(one, other), Math.max(one, other)]
      const { ticks, at } = logScale(min, max, [100, 0])
      for (const value of [min, max]) assert.ok(at(value) <= 100.001 && at(value) >= -0.001, `${value}: ${at(value)}`)
      for (const tick of ticks) assert.ok(at(tick) <= 100.001 && at(tick) >= -0.001)
      assert.ok(ticks.length >= 2 && ticks.length <= 14)
    }),
  )
  assert.deepEqual(logScale(0.42, 141, [0, 1]).ticks, [0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200])
  assert.deepEqual(logScale(0.3, 5000, [0, 1]).ticks, [1, 10, 100, 1000])
})

test('an axis is logarithmic when the highest value towers over the middle one, never with zeros', () => {
  assert.equal(needsLog([1, 1.2, 1.1, null, 50]), true)
  assert.equal(needsLog([1, 2, 3, 10]), false)
  assert.equal(needsLog([0, 1, 1, 100]), false)
  assert.equal(needsLog([null]), false)
})

const read = (text: string): XmlElement[] => [...elementsOf(parseXml(text))]
const frame = { id: 'c', className: 'wide', width: 900, height: 300, title: 'Times', description: 'So it was.' }
const curveOf = (points: readonly [number, number][], count: number): Percentiles => {
  const curve = points.map(([share, value]) => [share, value, Math.round(share * count)] as const)
  const none = { mean: null, p75: null, p90: null, p95: null, p99: null, p999: null, p9999: null }
  return { ...none, count, min: points[0]![1], p50: points[0]![1], max: points.at(-1)![1], curve }
}

/** Points of a path of straight lines. */
const pointsOf = (path: string): number[][] =>
  path
    .slice(1)
    .split('L')
    .map(point => point.split(' ').map(Number))

test('every nine of the percentile curve takes the same width', () => {
  const of = curveOf(
    [
      [0.9, 1],
      [0.99, 2],
      [0.999, 3],
      [1, 4],
    ],
    10_000,
  )
  const elements = read(percentileCurve([{ label: 'latency', className: 'one', of }], frame).text)
  const path = elements.find(one => one.name === 'path' && one.attributes.class === 'curve one')!
  const [nine, two, three, last] = pointsOf(path.attributes.d!).map(point => point[0]!) as [
    number,
    number,
    number,
    number,
  ]
  assert.ok(Math.abs(two - nine - (three - two)) < 0.2)
  // The highest value stands at twice the number of values.
  assert.ok(Math.abs((last - three) / (three - two) - Math.log10(20)) < 0.01)
  const labels = elements.filter(one => one.attributes.class === 'tick middle').map(one => one.text)
  assert.deepEqual(
    labels,
    ['0 %', '50 %', '90 %', '99 %', '99.9 %', '99.99 %'].map(text => text.replace(' ', '\u00a0')),
  )
})

test('a curve of one value is drawn', () => {
  const of = curveOf([[1, 7]], 1)
  const elements = read(percentileCurve([{ label: 'latency', className: 'one', of }], frame).text)
  const end = elements.find(one => one.name === 'circle')!
  assert.ok(Number.isFinite(Number(end.attributes.cx)) && Number.isFinite(Number(end.attributes.cy)))
})

test('a small chart draws the highest of neighbouring values, and leaves gaps where there are none', () => {
  const values = Array.from({ length: 1000 }, (_, at) => (at === 613 ? 50 : 1))
  const lines = read(sparkline([{ values, className: 'work' }], 50).text).filter(
    one => one.attributes.class === 'spark-line work',
  )
  const points = pointsOf(lines[0]!.attributes.d!)
  assert.ok(points.length <= 126)
  assert.equal(points.filter(([, y]) => y! < 5).length, 1)
  const gaps = read(sparkline([{ values: [1, 2, null, 3, 4, null], className: 'busy' }], 4).text)
  assert.equal(gaps.filter(one => one.attributes.class === 'spark-line busy').length, 2)
})

async function pictureOf(shape: Shape, change: (text: BoxText) => BoxText = text => text) {
  const topology = labTopologyOf((await sampleResult()).lab!)!
  const sums = sumsOf({ 200: 3, 429: 1 })
  const texts = new Map(
    topology.graph.nodes.map(({ name, kind }) => [
      name,
      change({ name, kind, sums, replies: '4', short: '4', refusals: [], first: false, tone: 'refusing', level: 2 }),
    ]),
  )
  const words = { id: 't', title: 'Lab', description: 'Everything.' }
  return { topology, picture: topologyPicture(topology, texts, shape, words) }
}

for (const shape of ['wide', 'tall'] as const) {
  test(`the ${shape} picture shows every component once, inside of its frame, and every relation`, async () => {
    const { topology, picture } = await pictureOf(shape)
    const elements = read(picture!.text)
    const names = elements.filter(one => one.attributes.class === 'box-name').map(one => one.text)
    assert.deepEqual([...names].sort(), topology.graph.nodes.map(node => node.name).sort())
    const { width, height } = elements[0]!.attributes
    for (const { attributes: box } of elements.filter(one => one.attributes.class === 'box-ground')) {
      assert.ok(Number(box.x) >= 0 && Number(box.x) + Number(box.width) <= Number(width))
      assert.ok(Number(box.y) >= 0 && Number(box.y) + Number(box.height) <= Number(height))
    }
    const relations = new Set(topology.graph.edges.map(({ from, to }) => `${from} ${to}`))
    const lines = elements.filter(one => /^line/.test(one.attributes.class ?? ''))
    assert.equal(lines.length, relations.size)
    // The caches are asked by a tactic; login is called by a route too, so its line is whole.
    assert.equal(lines.filter(one => one.attributes.class === 'line asked').length, 2)
  })
}

test('the tall picture of Lab 5 fits a phone', async () => {
  const { picture } = await pictureOf('tall')
  assert.ok(Number(read(picture!.text)[0]!.attributes.width) <= 358)
})

test('long names are cut in the picture', async () => {
  const { picture } = await pictureOf('wide', text => ({ ...text, name: `${text.name}${'😀'.repeat(300)}` }))
  const names = read(picture!.text).filter(one => one.attributes.class === 'box-name')
  for (const { text } of names) assert.ok([...text].length === 36 && text.endsWith('😀…'))
})

test('of more components than anybody can read there is no picture', async () => {
  const { topology } = await pictureOf('wide')
  const nodes = Array.from({ length: DRAWN_MAX + 1 }, (_, at) => ({ ...topology.graph.nodes[0]!, name: `n${at}` }))
  const many = { ...topology, graph: { ...topology.graph, nodes, edges: [] } }
  assert.equal(topologyPicture(many, new Map(), 'wide', { id: 't', title: '', description: '' }), null)
})
