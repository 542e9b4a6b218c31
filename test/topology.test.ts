import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { components } from '@archlab/components/catalog'
import type { Catalog, ComponentDefinition, TacticDefinition } from '@archlab/runtime/kit'
import { explainText, loadTopology, redact, schemaText } from '@archlab/runtime/topology'
import { tactics } from '@archlab/tactics/catalog'

const catalogs = { components, tactics }
const path = (name: string): string => fileURLToPath(new URL(`../${name}`, import.meta.url))

test('topology.yaml has no problem', async () => {
  const { topology, problems } = await loadTopology(path('topology.yaml'), { catalogs, env: {} })
  assert.deepEqual(problems, [])
  assert.equal(topology?.name, 'lab5')
  assert.deepEqual(topology?.components.gateway?.listen?.ports, [5000, 5003])
})

test('topology.schema.json is what the modules say: `npm run schema` writes it', async () => {
  const written = readFileSync(path('runtime/topology/topology.schema.json'), 'utf8')
  assert.equal(written, await schemaText(catalogs))
})

test('a redacted topology shows no password hash', async () => {
  const { topology } = await loadTopology(path('topology.yaml'), { catalogs, env: {} })
  assert.doesNotMatch(JSON.stringify(redact(topology!)), /scrypt\$/)
})

test('transport at the top moves every link that does not say, those of tactics included', async () => {
  const set = ['transport=http', 'components.edge.transport=channel']
  const { topology } = await loadTopology(path('topology.yaml'), { catalogs, set, env: {} })
  const byLink: Record<string, string> = {}
  JSON.stringify(topology, (_key, value) => {
    if (typeof value?.transport === 'string') byLink[value.address] = value.transport
    return value
  })
  assert.equal(byLink['components.edge.to'], 'channel')
  delete byLink['components.edge.to']
  assert.equal(byLink['components.gateway.routes.1.tactics.auth.with'], 'http')
  assert.ok(Object.keys(byLink).length >= 10)
  assert.deepEqual(new Set(Object.values(byLink)), new Set(['http']))
})

async function load<Definition>(catalog: Catalog): Promise<[string, Definition][]> {
  return Promise.all(
    Object.entries(catalog).map(async ([name, url]) => [name, (await import(url)).default] as const),
  ).then(entries => entries.map(([name, definition]) => [name, definition as Definition]))
}

/** Loads a topology from text; answers its problems as text. */
async function problemsOf(text: string): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'archlab-example-'))
  try {
    const file = join(folder, 'example.yaml')
    writeFileSync(file, text)
    const { problems } = await loadTopology(file, { catalogs, env: {} })
    return problems.map(({ code, message, where }) => `${code} ${where?.path}: ${message}`)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const indented = (text: string, by: number): string =>
  text
    .trimEnd()
    .split('\n')
    .map(line => ' '.repeat(by) + line)
    .join('\n')

/** An example names components that stand outside of it: they are added, listening nowhere. */
async function withNeighbours(text: string): Promise<string[]> {
  const missing = /^TOPOLOGY_UNKNOWN_COMPONENT .*"(.+)"$/
  const names = new Set<string>()
  for (const problem of await problemsOf(text)) {
    const [, name] = missing.exec(problem) ?? []
    if (name) names.add(name)
  }
  const added = [...names].map(name => `\n  ${name}: { kind: microservice }`).join('')
  return problemsOf(text + added)
}

const kinds = await load<ComponentDefinition>(components)
const allTactics = await load<TacticDefinition>(tactics)

for (const [name, { example }] of kinds) {
  test(`the example that explains the kind ${name} is a valid component`, async () => {
    const problems = await withNeighbours(`components:\n${indented(example, 2)}`)
    assert.deepEqual(
      problems.filter(problem => !problem.startsWith('TOPOLOGY_UNREACHABLE')),
      [],
    )
  })
}

for (const [name, { example }] of allTactics) {
  test(`the example that explains the tactic ${name} is a valid tactic`, async () => {
    const entry = example.startsWith('- ') ? indented(example, 6) : indented(example, 8).replace(/^ {8}/, '      - ')
    const text = `components:\n  subject:\n    kind: microservice\n    port: 5001\n    tactics:\n${entry}`
    assert.deepEqual(await withNeighbours(text), [])
  })
}

test('everything in the catalogs can be explained', async () => {
  for (const name of [undefined, ...Object.keys(components), ...Object.keys(tactics)]) {
    const { result, problems } = await explainText(catalogs, name)
    assert.deepEqual(problems, [])
    assert.ok(result!.length > 200, name)
    assert.doesNotMatch(result!, /undefined|\[object/)
  }
})
