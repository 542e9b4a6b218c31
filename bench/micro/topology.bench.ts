import { join } from 'node:path'
import { components } from '@archlab/components/catalog'
import { loadTopology } from '@archlab/runtime/topology'
import { tactics } from '@archlab/tactics/catalog'
import { ROOT } from '../support/results.ts'
import type { BenchCase } from './cases.ts'

/** The file that `npm start` runs: read, parsed, checked, resolved. Modules have been imported before. */
const cases: readonly BenchCase[] = [
  {
    group: 'topology',
    name: 'archlab, load topology.yaml',
    ours: true,
    batch: 1,
    async run() {
      const options = { catalogs: { components, tactics }, env: {} }
      const { topology } = await loadTopology(join(ROOT, 'topology.yaml'), options)
      if (!topology) throw new Error('it has problems')
    },
  },
]

export default cases
