import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { components } from '@archlab/components/catalog'
import { tactics } from '@archlab/tactics/catalog'
import fc from 'fast-check'
import { type ComponentDefinition, decodeSettings, type StepModel } from '../kit/index.ts'
import { loadTopology, type Problem, type Topology } from '../topology/index.ts'
import type { TopologyData } from './assemble.ts'
import { importGraph } from './import-graph.ts'
import { BODIES_BYTES_MAX, STEPS_PER_SERVICE_MAX } from './service-graph.ts'
import { yamlText } from './yaml-text.ts'

/* Random isotope graphs: what is imported checks, and makes as many executions as the graph that it comes from. */

interface Call {
  to: number
  probability: number | undefined
  size: number | undefined
}
type Command = { sleep: number } | Call
/** A command, or commands that run concurrently. */
type Line = Command | Command[]
interface Service {
  script: Line[]
  replicas: number
  errorRate: number
  responseSize: number
  entry: boolean
}

/** Services that call only those after them: no cycle. */
const graph: fc.Arbitrary<Service[]> = fc
  .integer({ min: 1, max: 8 })
  .chain(count => fc.tuple(...Array.from({ length: count }, (_, index) => serviceOf(index, count))))

function serviceOf(index: number, count: number): fc.Arbitrary<Service> {
  const sleep = fc.record({ sleep: fc.constantFrom(0, 1, 250, 7000) })
  const call = fc.record({
    to: fc.integer({ min: Math.min(index + 1, count - 1), max: count - 1 }),
    probability: fc.option(fc.integer({ min: 0, max: 100 }), { nil: undefined }),
    size: fc.option(fc.constantFrom(0, 100, 2 ** 21), { nil: undefined }),
  })
  const command = index === count - 1 ? sleep : fc.oneof(sleep, call, call)
  return fc.record({
    script: fc.array(fc.oneof(command, command, fc.array(command, { maxLength: 4 })), { maxLength: 5 }),
    replicas: fc.integer({ min: 1, max: 3 }),
    errorRate: fc.constantFrom(0, 0, 0, 0.1, 0.5, 1),
    responseSize: fc.constantFrom(0, 0, 1, 4096),
    entry: fc.boolean(),
  })
}

const isCall = (command: Command): command is Call => 'to' in command

/** The graph as isotope's file has it; JSON is YAML. */
function isotopeText(services: readonly Service[]): string {
  const command = (one: Command): object => {
    if (!isCall(one)) return { sleep: `${one.sleep}ms` }
    const { to, probability, size } = one
    if (probability === undefined && size === undefined) return { call: `s${to}` }
    return { call: { service: `s${to}`, probability, size } }
  }
  const list = services.map(({ script, replicas, errorRate, responseSize, entry }, index) => ({
    name: `s${index}`,
    isEntrypoint: entry,
    numReplicas: replicas,
    errorRate,
    responseSize,
    script: script.map(line => (Array.isArray(line) ? line.map(command) : command(line))),
  }))
  return JSON.stringify({ services: list }, null, 1)
}

/** Expected executions of every service for one request of service `entry`, when nothing fails; read from the graph. */
function executionsOfGraph(services: readonly Service[], entry: number): number[] {
  const expected = services.map((_, index) => (index === entry ? 1 : 0))
  // Callers come first, so that the figure of a service is complete when its own calls are counted.
  for (const [index, service] of services.entries()) {
    for (const command of service.script.flat()) {
      if (!isCall(command)) continue
      const { to, probability } = command
      const chance = probability === undefined || probability === 0 ? 1 : probability / 100
      expected[to]! += expected[index]! * chance
    }
  }
  return expected
}

/** The same, read from the models that the kinds make of the topology's settings. */
async function executionsOfModels(topology: Topology, entry: string): Promise<Record<string, number>> {
  const expected: Record<string, number> = Object.fromEntries(Object.keys(topology.components).map(name => [name, 0]))
  const visit = async (name: string, weight: number): Promise<void> => {
    expected[name]! += weight
    const spec = topology.components[name]!
    const definition: ComponentDefinition = (await import(spec.module)).default
    const [model] = definition.model!(decodeSettings(definition.settings, spec.settings))
    const run = async (steps: readonly StepModel[], reached: number): Promise<void> => {
      let goesOn = reached
      for (const step of steps) {
        const chance = step.chance ?? 1
        if (step.type === 'end') goesOn *= 1 - chance
        else if (step.type === 'parallel') for (const branch of step.branches) await run(branch, goesOn * chance)
        else if (step.type === 'call') {
          const { to } = spec.links.find(link => link.name === step.link)!
          for (const target of to) await visit(target, (goesOn * chance) / to.length)
        }
      }
    }
    await run(model!.steps, weight)
  }
  await visit(entry, 1)
  return expected
}

/** Imports a graph, and loads the topology that comes out. */
async function imported(services: readonly Service[]): Promise<Topology> {
  const options = { kind: 'service', cpuWorkMs: 1 }
  const result = importGraph('random.yaml', isotopeText(services), options)
  assert.deepEqual(result.problems, [])
  const { topology, errors } = await loaded(result.topology!)
  assert.deepEqual(errors, [])
  return topology!
}

/** Writes a topology to a file and loads it. */
async function loaded(data: TopologyData): Promise<{ topology: Topology | null; errors: Problem[] }> {
  const folder = mkdtempSync(join(tmpdir(), 'archlab-import-'))
  try {
    const file = join(folder, 'topology.yaml')
    writeFileSync(file, yamlText(data, []))
    const { topology, problems } = await loadTopology(file, { catalogs: { components, tactics }, env: {} })
    return { topology, errors: problems.filter(({ severity }) => severity === 'error') }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

test('whatever isotope graph is imported, the topology checks without errors', async () => {
  await fc.assert(
    fc.asyncProperty(graph, async services => {
      const topology = await imported(services)
      assert.deepEqual(
        Object.keys(topology.components),
        services.map((_, index) => `s${index}`),
      )
      const replicas = Object.values(topology.components).map(component => component.replicas)
      assert.deepEqual(
        replicas,
        services.map(service => service.replicas),
      )
    }),
    { numRuns: 100 },
  )
})

test('the imported topology makes as many executions as the graph, whichever service is asked', async () => {
  const faultless = graph.map(services => services.map(service => ({ ...service, errorRate: 0 })))
  await fc.assert(
    fc.asyncProperty(faultless, async services => {
      const topology = await imported(services)
      for (const entry of services.keys()) {
        const expected = executionsOfGraph(services, entry)
        const found = await executionsOfModels(topology, `s${entry}`)
        for (const [index, figure] of expected.entries()) {
          const other = found[`s${index}`]!
          assert.ok(Math.abs(other - figure) <= 1e-9 * Math.max(1, figure), `s${entry} → s${index}: ${other} ${figure}`)
        }
      }
    }),
    { numRuns: 60 },
  )
})

test('the importer takes as many steps, and as large bodies, as the kind of component does', async () => {
  const component = (script: object[]): TopologyData => {
    return { name: 'x', components: { a: { kind: 'service', port: 8000, script: script as never } } }
  }
  const steps = (count: number): object[] => Array.from({ length: count }, () => ({ work: '1ms' }))
  const reply = (bytes: number): object[] => [{ respond: { size: `${bytes}b` } }]
  for (const [most, make] of [[STEPS_PER_SERVICE_MAX, steps] as const, [BODIES_BYTES_MAX, reply] as const]) {
    assert.deepEqual((await loaded(component(make(most)))).errors, [])
    assert.equal((await loaded(component(make(most + 1)))).errors.length, 1)
  }
})
