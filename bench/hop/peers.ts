import { chains, otherChains } from './chains.ts'
import { aims } from './report.ts'
import { runTable } from './table.ts'

const SYSTEMS = [...chains, ...otherChains]
const NAMES = SYSTEMS.map(({ name }) => name)

process.exitCode = await runTable(
  {
    command: 'npm run bench:peers',
    benchmark: 'peers',
    about: `Measures one chain (token checked, GET /data through edge, gateway, balancer, service and cache) as the lab runs it, beside
the same chain by other frameworks, on this machine, in one run.`,
    systems: SYSTEMS,
    aims: aims.filter(({ row, over }) => NAMES.includes(row) && NAMES.includes(over)),
  },
  process.argv.slice(2),
)
