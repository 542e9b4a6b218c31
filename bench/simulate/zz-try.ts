import { planLoad } from '@archlab/bench/load'
import { simulate } from '@archlab/bench/simulate'
import { components } from '@archlab/components/catalog'
import { loadTopology } from '@archlab/runtime/topology'
import { tactics } from '@archlab/tactics/catalog'

const [file, workload, duration, rate, ...sets] = process.argv.slice(2)
const r = await loadTopology(file!, { catalogs: { components, tactics }, set: sets, seed: 1, env: process.env } as any)
const topology = (r as any).topology ?? r
if (!topology?.components) {
  console.log(JSON.stringify((r as any).problems?.map((p: any) => p.message)))
  process.exit(1)
}
const text = (option: string, t?: string) => (t ? { option, text: t } : undefined)
const { plan, problems } = planLoad(
  {
    workload,
    url: undefined,
    connections: undefined,
    rate: text('--rate', rate === '-' ? undefined : rate),
    constant: false,
    requests: undefined,
    duration: text('--duration', duration),
    warmup: undefined,
    timeout: undefined,
    method: undefined,
    headers: [],
    data: undefined,
    insecure: false,
    trace: undefined,
    thresholds: [],
    seed: undefined,
  } as any,
  topology,
)
if (!plan) {
  console.log(problems)
  process.exit(1)
}
const result = await simulate({ plan, topology, replications: Number(process.env.REPL ?? 1) })
const run = result.replications[0]!
console.log(result.speed)
console.log(run.totals.outcomes, run.totals.statuses, run.elapsedMs)
for (const [n, c] of Object.entries(run.components))
  console.log(n, JSON.stringify(c.statuses), JSON.stringify(c.decisions).slice(0, 300), c.utilisation, c.faults)
console.table(result.estimates.map(e => ({ ...e, low: e.interval?.low, high: e.interval?.high, interval: undefined })))
