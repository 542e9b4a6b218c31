import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { components } from '@archlab/components/catalog'
import { importGraph, noteText, yamlText } from '@archlab/runtime/import'
import { loadTopology } from '@archlab/runtime/topology'
import { tactics } from '@archlab/tactics/catalog'
import fc from 'fast-check'
import { type FuzzPart, probe } from './part.ts'
import { checkProblems } from './problems.ts'
import { quick } from './quick.ts'
import { mutate, mutations } from './texts.ts'

const FOLDER = new URL('../support/import/', import.meta.url)
const GRAPHS = readdirSync(FOLDER).map(name => readFileSync(new URL(name, FOLDER), 'utf8'))

const input = fc.record({
  text: fc.tuple(fc.constantFrom(...GRAPHS), mutations).map(([text, changes]) => mutate(text, changes)),
  format: fc.constantFrom(undefined, undefined, 'isotope' as const, 'mubench' as const),
})

/** Service graphs of others, bent: each gives problems with their places, or a topology that has none. */
export const importPart: FuzzPart = {
  name: 'import',
  about: 'service graphs of isotope and muBench, bent, through import and check of what comes out',
  alone: true,
  async prepare(t) {
    const folder = mkdtempSync(join(tmpdir(), 'archlab-fuzz-'))
    t.after(() => rmSync(folder, { recursive: true, force: true }))
    const file = join(folder, 'topology.yaml')
    return probe({
      inputs: input,
      async check({ text, format }) {
        await quick(async () => {
          const options = { kind: 'service', cpuWorkMs: 1, ...(format ? { format } : {}) }
          const { topology, problems, notes } = importGraph('graph.yaml', text, options)
          assert.equal(
            topology === null,
            problems.some(({ severity }) => severity === 'error'),
          )
          checkProblems(problems, [{ name: 'graph.yaml', text }])
          for (const note of notes) noteText(note)
          if (!topology) return
          writeFileSync(file, yamlText(topology, []))
          const checked = await loadTopology(file, { catalogs: { components, tactics }, env: {} })
          const errors = checked.problems.filter(({ severity }) => severity === 'error')
          assert.deepEqual(
            errors.map(({ code, message }) => `${code} ${message}`),
            [],
          )
        })
      },
    })
  },
}
