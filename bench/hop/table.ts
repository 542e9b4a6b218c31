import { benchCommand } from '../support/bench-command.ts'
import { findLoadTool, type LoadTool } from '../support/load-tool.ts'
import { type Option, UsageError } from '../support/options.ts'
import { installPeers } from '../support/peers.ts'
import { withProcesses } from '../support/processes.ts'
import { type Environment, environment, writeResult } from '../support/results.ts'
import { loadSeconds, type Measured, measure, type Plan } from './measure.ts'
import { type Aim, formatReport, type JudgedAim, judge, type Row, summarise } from './report.ts'
import type { System } from './system.ts'

const OPTIONS = {
  connections: { type: 'integer', doc: 'Connections of the load generator.', default: 32, min: 1, max: 1000 },
  duration: { type: 'integer', doc: 'Seconds a system is measured in a round.', default: 5, min: 1, max: 600 },
  rounds: { type: 'integer', doc: 'Rounds; each measures every system once.', default: 5, min: 1, max: 100 },
  warmup: {
    type: 'integer',
    doc: 'Seconds of load before the first round; 0 for none.',
    default: 12,
    min: 0,
    max: 600,
  },
  only: { type: 'words', doc: 'Systems to measure, comma-separated.' },
  check: { type: 'flag', doc: 'End with code 1 unless every aim was measured and met.' },
  json: { type: 'flag', doc: 'Print the result as JSON on stdout, everything else on stderr.' },
  help: { type: 'flag', doc: 'Print this.' },
} as const satisfies Record<string, Option>

/** A table: what it is called, and whose figures stand in it. */
export interface Table {
  readonly command: string
  /** Names the result, `hop` or `peers`. */
  readonly benchmark: string
  readonly about: string
  readonly systems: readonly System[]
  readonly aims: readonly Aim[]
}

/** The content of `result.json`. */
interface TableResult {
  readonly benchmark: string
  readonly environment: Environment
  readonly plan: Plan & { readonly loadTool: LoadTool['name'] }
  readonly valid: boolean
  readonly rows: readonly (Row & { readonly samples: Measured['samples'] })[]
  readonly leftOut: Readonly<Record<string, string>>
  readonly aims: readonly JudgedAim[]
}

/** Measures the systems of a table from its command line; resolves to the exit code. */
export function runTable(table: Table, args: readonly string[]): Promise<number> {
  const names = table.systems.map(system => system.name).join(', ')
  const about = `${table.about}
Exit codes: 0 done; 1 an aim not met (with --check); 2 wrong usage; 3 the measurement is invalid.
Systems: ${names}.`
  const usage = { command: `${table.command} -- [options]`, about, options: OPTIONS }
  return benchCommand(usage, args, async (options, progress) => {
    const chosen = choose(table.systems, options.only)
    installPeers()
    const { present, leftOut } = partition(chosen)
    for (const [name, why] of Object.entries(leftOut)) progress(`left out: ${name}: ${why}`)
    const tool = findLoadTool()
    const { connections, rounds } = options
    const plan: Plan = { connections, rounds, durationSeconds: options.duration, warmupSeconds: options.warmup }
    progress(
      `${present.length} systems, ${tool.name}: about ${Math.ceil(loadSeconds(present.length, plan) / 60) + 1} minutes`,
    )
    const began = environment()
    const measured = await withProcesses(processes => measure(present, plan, tool, processes, progress))
    return report({ table, began, plan, tool, measured, leftOut, json: options.json, check: options.check })
  })
}

function choose(systems: readonly System[], only: readonly string[]): readonly System[] {
  const unknown = only.find(name => !systems.some(system => system.name === name))
  if (unknown !== undefined) {
    throw new UsageError(`no system "${unknown}"; there are ${systems.map(system => system.name).join(', ')}`)
  }
  return only.length === 0 ? systems : systems.filter(system => only.includes(system.name))
}

function partition(chosen: readonly System[]): { present: System[]; leftOut: Record<string, string> } {
  const leftOut: Record<string, string> = {}
  const present = chosen.filter(system => {
    const why = system.missing?.()
    if (why !== undefined) leftOut[system.name] = why
    return why === undefined
  })
  return { present, leftOut }
}

function report(run: {
  table: Table
  began: Environment
  plan: Plan
  tool: LoadTool
  measured: readonly Measured[]
  leftOut: Record<string, string>
  json: boolean
  check: boolean
}): number {
  const rows = summarise(run.measured)
  const judged = judge(run.measured, run.table.aims)
  const valid = rows.length > 0 && rows.every(row => row.problems.length === 0)
  const result: TableResult = {
    benchmark: run.table.benchmark,
    environment: run.began,
    plan: { ...run.plan, loadTool: run.tool.name },
    valid,
    rows: rows.map((row, index) => ({ ...row, samples: run.measured[index]!.samples })),
    leftOut: run.leftOut,
    aims: judged,
  }
  const file = writeResult(`bench-${run.table.benchmark}`, result)
  const { node, cpu, cores } = run.began
  const { connections, rounds, durationSeconds, warmupSeconds } = run.plan
  const text = `
${run.tool.name}, ${connections} connections, ${rounds} rounds of ${durationSeconds} s after ${warmupSeconds} s warm-up; Node ${node}; ${cores} × ${cpu}

${formatReport(rows, judged)}
result: ${file}
`
  process.stderr.write(run.json ? text : '')
  process.stdout.write(run.json ? `${JSON.stringify(result)}\n` : text)
  if (!valid) return 3
  return run.check && judged.some(aim => aim.verdict !== 'met') ? 1 : 0
}
