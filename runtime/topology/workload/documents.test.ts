import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { components } from '@archlab/components/catalog'
import { tactics } from '@archlab/tactics/catalog'
import { Ajv } from 'ajv'
import { parse } from 'yaml'
import { explainText } from '../explain.ts'
import { catalogs } from '../fixtures/modules/catalogs.ts'
import { loadTopology } from '../load.ts'
import type { WorkloadSpec } from '../workload-spec.ts'
import { ARRIVAL_SETTINGS, REQUEST_SETTINGS, STAGE_SETTINGS, WORKLOAD_SETTINGS } from './settings.ts'
import { WORKLOAD_TOPICS } from './topics.ts'

/*
 * What the documents say of workloads is true: their examples load, and fit the schema that editors have.
 */

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
const DOCUMENT = readFileSync(join(ROOT, 'docs/workloads.md'), 'utf8')
const blocks = (language: string): string[] =>
  [...DOCUMENT.matchAll(new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\``, 'gm'))].map(([, text]) => text!)

const editorSchema = JSON.parse(readFileSync(new URL('../topology.schema.json', import.meta.url), 'utf8'))
const fitsEditor = new Ajv({ strict: false, allErrors: true }).compile(editorSchema)

/** Loads workloads beside an entry and a trace; they must be well, for the loader and for editors. */
async function workloadsOf(text: string): Promise<Record<string, WorkloadSpec>> {
  const folder = mkdtempSync(join(tmpdir(), 'archlab-workloads-'))
  try {
    const file = join(folder, 'lab.yaml')
    writeFileSync(file, `components: { edge: { kind: microservice, port: 5001 } }\n${text}`)
    writeFileSync(join(folder, 'arrivals.csv'), 'time_s\n0\n')
    const { topology, problems } = await loadTopology(file, { catalogs: { components, tactics }, env: {} })
    assert.deepEqual(problems, [], text)
    assert.ok(fitsEditor(parse(readFileSync(file, 'utf8'))), JSON.stringify(fitsEditor.errors?.slice(0, 3)))
    return topology!.workloads
  } finally {
    rmSync(folder, { recursive: true })
  }
}

test('every example of docs/workloads.md is a valid workload, and there is one for each form of arrivals', async () => {
  const all = (await Promise.all(blocks('yaml').map(workloadsOf))).flatMap(workloads => Object.values(workloads))
  assert.deepEqual([...new Set(all.map(({ arrivals }) => arrivals.type))].sort(), Object.keys(ARRIVAL_SETTINGS).sort())
})

test('docs/workloads.md names every setting', () => {
  for (const table of [WORKLOAD_SETTINGS, REQUEST_SETTINGS, STAGE_SETTINGS, ARRIVAL_SETTINGS]) {
    for (const name of Object.keys(table)) assert.match(DOCUMENT, new RegExp(`\`${name}\`|\\b${name}: `), name)
  }
})

test('the commands of docs/workloads.md run on the default topology', async () => {
  const lines = blocks('sh').flatMap(block => block.trim().split('\n'))
  assert.ok(lines.length > 0)
  for (const line of lines) {
    const command = line.replace('npx archlab', `"${process.execPath}" runtime/archlab.js`)
    const { stdout } = await promisify(execFile)('sh', ['-c', command], { cwd: ROOT })
    // A scenario may not fit a shorter workload; the command says so before its verdict.
    assert.match(stdout, /^topology\.yaml: valid/m)
  }
})

/** Examples of `archlab explain` as whole workloads. */
const WHOLE: Readonly<Record<string, (example: string) => string[]>> = {
  workload: example => [example],
  arrivals: example => example.split('\n').map(line => whole(`${line}, duration: 60s, requests: [{ request: GET / }]`)),
  stage: example => [
    `workloads:\n  one:\n    entry: edge\n    arrivals:\n${shifted(example, 6)}\n    requests: [{ request: GET / }]`,
  ],
  request: example => [
    `workloads:\n  one:\n    entry: edge\n    arrivals: { poisson: 1/s }\n    duration: 1s\n${shifted(example, 4)}`,
  ],
}

const whole = (rest: string): string => `workloads: { one: { entry: edge, ${rest} } }`
const shifted = (text: string, by: number): string => text.replace(/^/gm, ' '.repeat(by))

for (const [topic, page] of Object.entries(WORKLOAD_TOPICS)) {
  test(`the example of archlab explain ${topic} is valid`, async () => {
    for (const text of WHOLE[topic]!(page.example!)) {
      // Stages are a duration of their own.
      await workloadsOf(text.includes('stages:') ? text.replace(', duration: 60s', '') : text)
    }
  })

  test(`archlab explain ${topic} shows every setting with its documentation`, async () => {
    const { broken: _, ...sound } = catalogs.components
    const { result, problems } = await explainText({ ...catalogs, components: sound }, topic)
    assert.deepEqual(problems, [])
    for (const [name, one] of Object.entries(page.settings!)) {
      assert.match(result!, new RegExp(`^    ${name}  `, 'm'))
      assert.ok(result!.replace(/\s+/g, ' ').includes(one.description.replace(/\s+/g, ' ')), name)
    }
  })
}

test('the workloads of the default topology and of the examples are valid', async () => {
  const folder = join(ROOT, 'examples')
  const files = readdirSync(folder).filter(name => name.endsWith('.yaml'))
  const names: string[] = []
  for (const file of [join(ROOT, 'topology.yaml'), ...files.map(name => join(folder, name))]) {
    const { topology, problems } = await loadTopology(file, { catalogs: { components, tactics }, env: {} })
    assert.deepEqual(problems, [], file)
    names.push(...Object.keys(topology!.workloads))
    assert.ok(
      fitsEditor(parse(readFileSync(file, 'utf8'), { merge: true })),
      JSON.stringify(fitsEditor.errors?.slice(0, 3)),
    )
  }
  assert.ok(names.length >= 5, names.join())
})
