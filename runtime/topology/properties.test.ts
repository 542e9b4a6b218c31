import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { stringify } from 'yaml'
import { loadText } from './fixtures/load-text.ts'

type Component = Record<string, unknown>

const units = fc.constantFrom('us', 'ms', 's', 'm')
const duration = fc.tuple(fc.integer({ min: 1, max: 60 }), units).map(([amount, unit]) => `${amount}${unit}`)
const limit = fc.record({ max: fc.integer({ min: 1, max: 1000 }) }).map(settings => ({ limit: settings }))
const common = { replicas: fc.integer({ min: 1, max: 1000 }), tactics: fc.array(limit, { maxLength: 2 }) }
const service = fc.record({
  kind: fc.constant('service'),
  workers: fc.integer({ min: 1, max: 64 }),
  ttl: duration,
  latency: fc.oneof(duration, fc.record({ exponential: duration })),
  ...common,
})
const balancer = fc.record({
  kind: fc.constant('balancer'),
  policy: fc.constantFrom('random', 'round-robin', 'least-requests'),
  timeout: fc.integer({ min: 1, max: 9 }).map(seconds => `${seconds}s`),
  ...common,
})

/** Topologies whose links lead from earlier components to later ones, so that there is no cycle. */
const topology = fc
  .tuple(fc.array(fc.oneof(service, balancer), { minLength: 1, maxLength: 6 }), service, fc.infiniteStream(fc.nat()))
  .map(([front, last, choices]) => {
    const all: Component[] = [...front, last]
    const components: Record<string, Component> = {}
    for (const [index, one] of all.entries()) {
      const rest = all.length - index - 1
      const target = rest > 0 ? `c${index + 1 + (Number(choices.next().value) % rest)}` : undefined
      const link = one.kind === 'balancer' ? { to: target } : target ? { links: { database: target } } : {}
      components[`c${index}`] = { ...one, port: 10_000 + index, ...link }
    }
    return { components }
  })

test('a random valid topology loads without a problem, and as it was written', async () => {
  await fc.assert(
    fc.asyncProperty(topology, async ({ components }) => {
      const result = await loadText(stringify({ components }))
      assert.deepEqual(result.problems, [])
      for (const [name, written] of Object.entries(components)) {
        const spec = result.topology!.components[name]!
        assert.deepEqual([spec.replicas, spec.listen?.ports], [written.replicas, [written.port]])
        assert.deepEqual(
          spec.tactics.map(tactic => tactic.settings.max),
          (written.tactics as { limit: { max: number } }[]).map(one => one.limit.max),
        )
      }
    }),
    { numRuns: 60 },
  )
})

/** Paths of numbers in the YAML, in the grammar of `--set`. */
function numericPaths(components: Record<string, Component>): string[] {
  return Object.entries(components).flatMap(([name, one]) => {
    const settings = Object.keys(one).filter(key => key !== 'port' && typeof one[key] === 'number')
    const tactics = (one.tactics as unknown[]).map(
      (_, index) => `tactics.limit${index === 0 ? '' : `#${index + 1}`}.max`,
    )
    return [...settings, ...tactics].map(path => `components.${name}.${path}`)
  })
}

test('--set of a random number changes exactly that number', async () => {
  await fc.assert(
    fc.asyncProperty(topology, fc.nat(), fc.integer({ min: 1, max: 64 }), async ({ components }, choice, value) => {
      const paths = numericPaths(components)
      const path = paths[choice % paths.length]!
      const text = stringify({ components })
      const before = (await loadText(text)).topology!
      const after = await loadText(text, { set: [`${path}=${value}`] })
      assert.deepEqual(after.problems, [])
      const differences = leavesThatDiffer(before.components, after.topology!.components)
      assert.ok(differences.length <= 1, differences.join(', '))
      if (differences.length === 1) assert.equal(differences[0]!.split('/').at(-1), path.split('.').at(-1))
      const again = await loadText(text, { set: [`${path}=${value}`, `${path}=${value}`] })
      assert.deepEqual(again.topology!.components, after.topology!.components)
    }),
    { numRuns: 40 },
  )
})

function leavesThatDiffer(left: unknown, right: unknown, path = ''): string[] {
  if (typeof left !== 'object' || left === null) return left === right ? [] : [path]
  const keys = new Set([...Object.keys(left), ...Object.keys(right as object)])
  return [...keys].flatMap(key =>
    leavesThatDiffer((left as Component)[key], (right as Component | undefined)?.[key], `${path}/${key}`),
  )
}

test('no text whatever makes the loader throw', async () => {
  const words = fc.constantFrom(
    'components',
    ':',
    '\n',
    '  ',
    '- ',
    '{',
    '}',
    '[',
    ']',
    'kind',
    'service',
    '&a ',
    '*a',
    '<<',
    '"',
    '\u0024{A}',
    'tactics',
    ' ',
    '__proto__',
    '5',
    '!!x ',
    '|',
    '# ',
    ',',
    '?',
  )
  await fc.assert(
    fc.asyncProperty(fc.array(words, { maxLength: 40 }), async parts => {
      const { topology, problems } = await loadText(parts.join(''))
      assert.equal(
        topology === null,
        problems.some(problem => problem.severity === 'error'),
      )
    }),
    { numRuns: 150 },
  )
})
