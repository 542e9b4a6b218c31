import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { stringify } from 'yaml'
import { codes, loadText } from './fixtures/load-text.ts'
import type { ComponentSpec } from './topology.ts'

/* Kinds with open links: what their settings call is a link of `links:`, or else a component. */

async function load(text: string): Promise<Readonly<Record<string, ComponentSpec>>> {
  const { topology, problems } = await loadText(text)
  assert.deepEqual(problems, [])
  return topology!.components
}

const targets = (component: ComponentSpec) => component.links.map(({ name, address, to }) => [name, address, to])

test('a called component becomes a link of its name, once, after the links that are written', async () => {
  const { front } = await load(`
components:
  front:
    kind: caller
    port: 5000
    links: { audit: { to: [back, side], policy: random, timeout: 2s, tactics: [ { limit: { max: 5 } } ] } }
    script: [ { call: side }, { call: audit }, { call: back }, { call: side } ]
  back: { kind: store }
  side: { kind: store }
`)
  assert.deepEqual(targets(front!), [
    ['audit', 'components.front.links.audit', ['back', 'side']],
    ['side', 'components.front.links.side', ['side']],
    ['back', 'components.front.links.back', ['back']],
  ])
  const { policy, transport, timeoutMs, path, tactics } = front!.links[1]!
  assert.deepEqual([policy.name, transport, timeoutMs, path, tactics], ['round-robin', 'auto', 10_000, null, []])
})

test('a link comes before the component of the same name', async () => {
  const { front } = await load(`
components:
  front: { kind: caller, port: 5000, links: { back: side }, script: [ { call: back } ] }
  back: { kind: store, port: 5001 }
  side: { kind: store }
`)
  assert.deepEqual(targets(front!), [['back', 'components.front.links.back', ['side']]])
})

test('a link that nobody calls is no mistake, and neither is a component that calls nobody', async () => {
  const { front, idle } = await load(`
components:
  front: { kind: caller, port: 5000, links: { spare: back } }
  idle: { kind: caller, port: 5001 }
  back: { kind: store }
`)
  assert.deepEqual(targets(front!), [['spare', 'components.front.links.spare', ['back']]])
  assert.deepEqual(idle!.links, [])
})

test('a called component is reached, and one that is only called by name needs no port', async () => {
  const { problems } = await loadText(`
components:
  front: { kind: caller, port: 5000, script: [ { call: back } ] }
  back: { kind: store }
  lone: { kind: store }
`)
  assert.deepEqual(
    problems.map(({ code, where }) => [code, where?.path]),
    [['TOPOLOGY_UNREACHABLE', 'components.lone']],
  )
})

test('the transport of the topology counts for called components too', async () => {
  const { front } = await load(`
transport: http
components:
  front: { kind: caller, port: 5000, script: [ { call: back } ] }
  back: { kind: store }
`)
  assert.equal(front!.links[0]!.transport, 'http')
})

test('a name that a variable holds is called, and is shown as the variable when nobody has it', async () => {
  const text = `
components:
  front: { kind: caller, port: 5000, script: [ { call: "\u0024{TARGET}" } ] }
  back: { kind: store, port: 5001 }
`
  const good = await loadText(text, { env: { TARGET: 'back' } })
  assert.deepEqual(good.problems, [])
  assert.deepEqual(targets(good.topology!.components.front!), [['back', 'components.front.links.back', ['back']]])
  const bad = await loadText(text, { env: { TARGET: 'hunter2' } })
  assert.deepEqual(codes(bad), ['UNKNOWN_COMPONENT'])
  assert.doesNotMatch(JSON.stringify(bad), /hunter2/)
})

test('calls are found through aliases and merges, and a wrong one is told where it is written', async () => {
  const text = `
x-steps: &steps [ { call: back }, { call: bakc } ]
x-base: &base { kind: caller, script: *steps }
components:
  front: { <<: *base, port: 5000 }
  back: { kind: store }
`
  const { problems } = await loadText(text)
  assert.deepEqual(
    problems.map(({ code, where }) => [code, where?.line, where?.column, where?.path]),
    [['TOPOLOGY_UNKNOWN_COMPONENT', 2, 43, 'components.front.script.1.call']],
  )
})

test('random call graphs load with exactly the links that are called, or tell of a cycle when there is one', async () => {
  const graph = fc.array(fc.uniqueArray(fc.nat({ max: 5 }), { maxLength: 4 }), { minLength: 6, maxLength: 6 })
  await fc.assert(
    fc.asyncProperty(graph, async calls => {
      const components = Object.fromEntries(
        calls.map((called, index) => {
          const script = called.map(target => ({ call: `c${target}` }))
          return [`c${index}`, { kind: 'caller', port: 10_000 + index, script }]
        }),
      )
      const { topology, problems } = await loadText(stringify({ components }))
      assert.equal(topology === null, hasCycle(calls))
      assert.equal(
        problems.some(problem => problem.code !== 'TOPOLOGY_LINK_CYCLE'),
        false,
      )
      for (const [index, called] of topology ? calls.entries() : []) {
        const names = topology!.components[`c${index}`]!.links.flatMap(link => link.to)
        assert.deepEqual(
          names,
          called.map(target => `c${target}`),
        )
      }
    }),
    { numRuns: 60 },
  )
})

/** Takes away, again and again, those that call nobody who is left. */
function hasCycle(calls: readonly (readonly number[])[]): boolean {
  const left = new Set(calls.keys())
  for (;;) {
    const leaf = [...left].find(one => !calls[one]!.some(called => left.has(called)))
    if (leaf === undefined) return left.size > 0
    left.delete(leaf)
  }
}
