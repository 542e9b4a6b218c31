import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { elementsOf } from '@archlab/runtime/testing'
import type { LabResult, LoadResult } from '../load/result.ts'
import { reportHtml } from './index.ts'
import { byId, type ReadPage, readPage, textOf } from './test-page.ts'
import { poisoned } from './test-poison.ts'
import { sampleResult } from './test-sample-result.ts'

const pageOf = (result: LoadResult): ReadPage => readPage(reportHtml(result))
const headingsOf = (page: ReadPage): string[] =>
  page.elements.filter(one => /^h[1-6]$/.test(one.name)).map(one => one.name)
const verdictOf = (page: ReadPage): string[] =>
  [...elementsOf(byId(page, 'verdict'))].filter(one => one.name === 'h3').map(one => textOf(one))

test('the sections come in their order, under headings that skip no level', async () => {
  const page = pageOf(await sampleResult())
  const sections = page.elements.filter(one => one.name === 'section').map(one => one.attributes.id)
  assert.deepEqual(sections, [
    'verdict',
    'totals',
    'topology',
    'components',
    'timeline',
    'percentile-curve',
    'saturation',
    'validity',
    'environment',
  ])
  const levels = headingsOf(page).map(heading => Number(heading[1]))
  assert.equal(levels[0], 1)
  assert.equal(levels.filter(level => level === 1).length, 1)
  for (const [at, level] of levels.slice(1).entries()) assert.ok(level <= levels[at]! + 1)
  const links = page.elements.filter(one => one.name === 'a').map(one => one.attributes.href)
  assert.deepEqual(links, ['#main', ...sections.map(id => `#${id}`)])
  for (const link of links) byId(page, link!.slice(1))
})

test('every section says in a sentence what is to be seen, and every table has a caption and scopes', async () => {
  const page = pageOf(await sampleResult())
  for (const section of page.elements.filter(one => one.name === 'section')) {
    const [heading, lead] = section.children.filter(one => one.name !== 'text-node')
    assert.equal(heading!.name, 'h2')
    assert.equal(lead!.attributes.class, 'lead')
    assert.ok(textOf(lead!).length > 40)
  }
  const tables = page.elements.filter(one => one.name === 'table')
  assert.ok(tables.length >= 10)
  for (const table of tables) {
    const [caption] = table.children.filter(one => one.name !== 'text-node')
    assert.equal(caption!.name, 'caption')
    assert.notEqual(textOf(caption!), '')
    for (const head of [...elementsOf(table)].filter(one => one.name === 'th')) {
      assert.match(head.attributes.scope ?? '', /^(col|row)$/)
    }
  }
})

test('ids are unique, and whatever names another element finds it', async () => {
  const page = pageOf(await sampleResult())
  const ids = page.elements.flatMap(one => one.attributes.id ?? [])
  assert.deepEqual(ids, [...new Set(ids)])
  for (const { attributes } of page.elements) {
    for (const id of attributes['aria-labelledby']?.split(' ') ?? []) assert.ok(ids.includes(id), id)
    for (const [, id] of Object.values(attributes)
      .join(' ')
      .matchAll(/url\(#([\w-]+)\)/g)) {
      assert.ok(ids.includes(id!), id)
    }
  }
})

test('pictures have words, or are hidden from those who do not see them', async () => {
  const { elements } = pageOf(await sampleResult())
  const pictures = elements.filter(one => one.name === 'svg' || one.attributes.class === 'plot')
  assert.ok(pictures.length > 20)
  for (const { attributes } of pictures) {
    const named = attributes['aria-label'] ?? attributes['aria-labelledby']
    assert.ok(attributes['aria-hidden'] === 'true' || (attributes.role === 'img' && named))
  }
})

test('nothing is loaded: no address but anchors and data, and a policy that allows only what is in the page', async () => {
  const text = reportHtml(await sampleResult())
  const { elements, scripts, styles } = readPage(text)
  for (const { name, attributes } of elements) {
    for (const key of ['src', 'srcset', 'data', 'action', 'poster', 'background', 'style']) {
      assert.equal(attributes[key], undefined, `<${name} ${key}>`)
    }
    if (attributes.href !== undefined) assert.match(attributes.href, /^#[\w-]+$|^data:,$/)
    assert.ok(!Object.keys(attributes).some(key => key.startsWith('on')))
  }
  assert.doesNotMatch(styles.join(''), /@import|https?:|url\((?!"#)/)
  assert.doesNotMatch(
    scripts.join(''),
    /\bfetch\(|XMLHttpRequest|WebSocket|EventSource|sendBeacon|importScripts|\bimport\(/,
  )
  const policy = elements.find(one => one.attributes['http-equiv'] === 'Content-Security-Policy')!.attributes.content!
  const hash = (content: string) => `'sha256-${createHash('sha256').update(content).digest('base64')}'`
  const [, ...programs] = scripts as [string, string, string]
  const allowed = `script-src ${programs.map(hash).join(' ')}; style-src ${hash(styles[0]!)}`
  assert.ok(policy.startsWith(`default-src 'none'; ${allowed}; img-src data:; `))
})

test('a run of ten minutes with twelve components makes a page below 1 MB', async () => {
  const result = structuredClone(await sampleResult({ durationMs: 600_000 }))
  const { lab, timeline } = result as { lab: LabResult; timeline: LoadResult['timeline'] }
  const topology = lab.topology as { components: Record<string, object> }
  for (const name of ['orders', 'payments', 'shipping']) {
    topology.components[name] = { ...topology.components['microservice-a'], name }
    Object.assign(lab.components, { [name]: lab.components.gateway })
    Object.assign(timeline.components, { [name]: timeline.components.worker })
  }
  assert.equal(timeline.intended.length, 600)
  assert.equal(Object.keys(lab.components).length, 12)
  const text = reportHtml(result)
  readPage(text)
  assert.ok(Buffer.byteLength(text) < 1_000_000, `${Buffer.byteLength(text)} bytes`)
})

test('a run of a day, and a lab of a thousand components, make pages of the same size', async () => {
  const result = structuredClone(await sampleResult())
  const { timeline } = result as unknown as { timeline: Record<string, unknown[]> }
  for (const [key, values] of Object.entries(timeline)) {
    if (Array.isArray(values)) timeline[key] = Array.from({ length: 86_400 }, (_, at) => values[at % values.length])
  }
  const lab = result.lab!
  const topology = lab.topology as { components: Record<string, object> }
  for (let at = 0; at < 1000; at++) {
    topology.components[`copy-${at}`] = { ...topology.components.cache, name: `copy-${at}` }
    Object.assign(lab.components, { [`copy-${at}`]: lab.components.gateway })
    Object.assign(timeline.components!, { [`copy-${at}`]: result.timeline.components.worker })
  }
  const text = reportHtml(result)
  const page = readPage(text)
  assert.ok(Buffer.byteLength(text) < 1_000_000, `${Buffer.byteLength(text)} bytes`)
  assert.match(textOf(byId(page, 'topology')), /too large for a picture/)
  assert.match(textOf(byId(page, 'components')), /809 more components/)
})

test('hostile names and texts stay texts, wherever they stand', async () => {
  const { result, marks } = poisoned(await sampleResult())
  const page = pageOf(result)
  const names = new Set(page.elements.map(one => one.name))
  assert.ok(!names.has('img') && !names.has('b'))
  assert.equal(page.scripts.length, 3)
  JSON.parse(page.scripts[0]!)
  for (const { attributes } of page.elements) {
    assert.ok(!Object.keys(attributes).some(key => key.startsWith('on') || key === 'style'))
  }
  const shown = textOf(page.root)
  for (const mark of marks) assert.ok(shown.includes(mark), mark)
  assert.doesNotMatch(reportHtml(result), /[\u202e\u0000]/)
})

test('the verdict names who refuses first, and why', async () => {
  const result = await sampleResult()
  const page = pageOf(result)
  assert.deepEqual(verdictOf(page), [
    'The measurement is valid.',
    '1 of 3 thresholds is not met.',
    'microservice-b refuses requests first, from 0:02 on.',
    'Every reply is accounted for.',
  ])
  const refused = result.lab!.statusLog['microservice-b']!['429']
  const text = textOf(byId(page, 'verdict'))
  assert.match(text, new RegExp(`Its rate-limit \\(max: 50, per: 60s\\) refused ${refused} requests`))
  assert.match(text, /components\.microservice-b\.tactics\.rate-limit/)
  assert.match(text, /After it: gateway refused 1,\d\d\d \(rate-limit\)/)
})

test('a run that is invalid, cut short and does not add up says so first', async () => {
  const result = structuredClone(await sampleResult()) as { -readonly [K in keyof LoadResult]: LoadResult[K] }
  const [schedule, ...checks] = result.validity.checks
  const late = { ...schedule!, verdict: 'failed' as const, explanation: 'Requests left 41 ms late.' }
  const who = {
    name: 'bottleneck',
    verdict: 'failed' as const,
    explanation: 'The pacer was at its limit.',
    figures: {},
  }
  result.complete = false
  result.elapsedMs = 20_400
  result.validity = { verdict: 'invalid', bottleneck: 'generator', checks: [late, ...checks, who] }
  result.thresholds = result.thresholds.map(one => ({ ...one, met: true }))
  result.lab = { ...result.lab!, reconciled: { clients: 1734, entry: 1741, equal: false } }
  const page = pageOf(result)
  assert.deepEqual(verdictOf(page), [
    'The run was cut short after 20.4 s of 30 s.',
    'The measurement is invalid: draw no conclusions from its figures.',
    'All 3 thresholds are met.',
    'microservice-b refuses requests first, from 0:02 on.',
    'Clients and lab do not count the same.',
  ])
  const text = textOf(byId(page, 'verdict'))
  assert.match(text, /schedule: Requests left 41 ms late\. The pacer was at its limit\./)
  assert.match(text, /Clients received 1,734 replies, the entry counted 1,741/)
})

test('a server that is not ours has a report of what clients saw, and no more', async () => {
  const sample = await sampleResult()
  const think = { type: 'constant', valueMs: 0 } as const
  const arrivals = { type: 'closed', users: 10, think, spawnPerSecond: null, iterations: null } as const
  const target = { url: 'http://127.0.0.1:8080/' }
  const workload = { ...sample.workload, target, arrivals, durationMs: null, warmupMs: 0, login: null }
  const outcomes = { replied: 1430, timeout: 40, 'connection reset': 7 }
  const totals = { ...sample.totals, outcomes, statuses: { 200: 1428, 503: 2 }, intendedPerSecond: null }
  const timeline = { ...sample.timeline, components: {} }
  const page = pageOf({ ...sample, workload, totals, timeline, lab: null, thresholds: [] })
  assert.deepEqual(verdictOf(page).slice(1), [
    'No thresholds were set.',
    'Not every request succeeded.',
    'Only the clients’ side was measured.',
  ])
  const text = textOf(byId(page, 'verdict'))
  assert.match(text, /Clients saw: 2 replies with a status of 400 or more, timeout 40 and connection reset 7\./)
  for (const id of ['topology', 'components', 'saturation']) assert.throws(() => byId(page, id))
})

test('a run in which nothing happened has a report too', async () => {
  const sample = await sampleResult()
  const none = { count: 0, mean: null, min: null, p50: null, p75: null, p90: null, p95: null, p99: null }
  const nothing = { ...none, p999: null, p9999: null, max: null, curve: [] }
  const totals = { ...sample.totals, intended: 0, outcomes: {}, statuses: {}, bytesReceived: 0, achievedPerSecond: 0 }
  const lists = { intended: [], completed: [], failed: [], p50: [], p95: [], p99: [], inFlight: [] }
  const page = pageOf({
    ...sample,
    complete: false,
    elapsedMs: 0,
    totals: { ...totals, latency: nothing, service: nothing, lag: nothing },
    requests: [],
    timeline: { stepMs: 1000, ...lists, components: {} },
    validity: { verdict: 'invalid', bottleneck: 'none', checks: [] },
    lab: { ...sample.lab!, components: {}, statusLog: {}, topology: null },
  })
  assert.match(textOf(byId(page, 'timeline')), /No request was meant to start/)
  assert.match(textOf(byId(page, 'percentile-curve')), /No request got a reply/)
  assert.match(textOf(byId(page, 'saturation')), /was not sampled/)
})

test('edits and what else happened to the lab stand in a table, and as marks in the charts', async () => {
  const sample = await sampleResult()
  const edit = { event: 'edit', subjects: ['edge/0'], detail: 'components.edge.timeout' }
  const died = { event: 'replica-died', subjects: ['login/0'], detail: '<b>it threw</b>' }
  const lab = {
    ...sample.lab!,
    happenings: [
      { atMs: 2000, ...edit },
      { atMs: 4500, ...died },
    ],
  }
  const page = pageOf({ ...sample, lab })
  assert.match(textOf(byId(page, 'happenings')), /1.*edit.*edge\/0.*components\.edge\.timeout.*2.*<b>it threw<\/b>/s)
  const marks = JSON.stringify([
    { at: 2, until: null, label: '1' },
    { at: 4.5, until: null, label: '2' },
  ])
  assert.ok(reportHtml({ ...sample, lab }).includes(`"marks":${marks}`))
  assert.throws(() => byId(pageOf(sample), 'happenings'))
})
