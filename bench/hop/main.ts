import { chains } from './chains.ts'
import { hops } from './hops.ts'
import { aims } from './report.ts'
import { runTable } from './table.ts'

process.exitCode = await runTable(
  {
    command: 'npm run bench',
    benchmark: 'hop',
    about:
      'Measures one hop and the five-hop chain of the lab beside other ways to make them, on this machine, in one run.',
    systems: [...hops, ...chains],
    aims,
  },
  process.argv.slice(2),
)
