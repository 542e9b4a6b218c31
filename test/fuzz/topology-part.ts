import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { components } from '@archlab/components/catalog'
import { ArchlabError } from '@archlab/runtime/kit'
import { planHost } from '@archlab/runtime/lab'
import { effectiveChains, loadTopology, redact } from '@archlab/runtime/topology'
import { tactics } from '@archlab/tactics/catalog'
import fc from 'fast-check'
import { type FuzzPart, probe } from './part.ts'
import { checkProblems } from './problems.ts'
import { quick } from './quick.ts'
import { mutate, mutations, TOPOLOGIES, word } from './texts.ts'

/** Paths of patches as people write them, to be bent. */
const PATHS = [
  'components.gateway.replicas',
  'components.*.tactics.rate-limit.max',
  'components.edge.links.to.tactics.retry',
  'components.microservice-*.links.database.tactics.cache.ttl',
  'tactics.rate-limit',
  'tactics.rate-limit#2.max',
  'components.gateway.routes.1.match',
  'workloads.browse.requests.0.weight',
  'experiments.cache-pays.variants.with',
  'scenarios.peak-hour.expect.0',
]

/** A `--set`: a path of which some segments are replaced, and a value. */
const patch = fc
  .tuple(fc.constantFrom(...PATHS), fc.array(fc.tuple(fc.nat(9), word), { maxLength: 3 }), word)
  .map(([path, bends, value]) => {
    const segments = path.split('.')
    for (const [at, one] of bends) segments[at % segments.length] = one
    return `${segments.join('.')}=${value}`
  })

const input = fc.record({
  text: fc
    .tuple(fc.constantFrom(...TOPOLOGIES), fc.oneof(fc.constant([]), mutations, mutations))
    .map(([text, changes]) => mutate(text, changes)),
  set: fc.array(patch, { maxLength: 2 }),
})

/** Texts near a topology, and patches: each gives a topology that can be planned, or problems with their places. */
export const topologyPart: FuzzPart = {
  name: 'topology',
  about: 'topology texts and --set patches, bent, through check and plan',
  alone: true,
  async prepare(t) {
    const folder = mkdtempSync(join(tmpdir(), 'archlab-fuzz-'))
    t.after(() => rmSync(folder, { recursive: true, force: true }))
    const file = join(folder, 'topology.yaml')
    const options = { catalogs: { components, tactics }, env: {}, machine: { firstOpenPort: 1024 } }
    return probe({
      inputs: input,
      async check({ text, set }) {
        writeFileSync(file, text)
        await quick(async () => {
          const { topology, problems, sources } = await loadTopology(file, { ...options, set })
          assert.equal(
            topology === null,
            problems.some(({ severity }) => severity === 'error'),
          )
          checkProblems(problems, sources)
          if (!topology) return
          JSON.stringify([effectiveChains(topology), redact(topology)])
          await planHost(topology, folder).catch(error => assert.ok(error instanceof ArchlabError, `plan: ${error}`))
        })
        assert.deepEqual(Object.keys(Object.prototype), [])
      },
    })
  },
}
