/** The long form of test/soak.test.ts. */

import { parseArgs } from 'node:util'
import { parseDuration } from '@archlab/runtime/kit'
import { command, progress } from '../command.ts'
import { inOrder } from '../in-order.ts'
import { MEMORY_JUDGED_FROM_MS, type SoakResult, soak } from './soak.ts'

const CLIENTS = 8
const EVERY_MS = 1500

const HELP = `usage: npm run soak -- [options]

Loads Lab 5 with ${CLIENTS} clients and disturbs it by chance every second or two: kill, exit, throw, hang, leak, slow,
fault, drop, corrupt, partition, disk-full, restart, drain, edits, and kill -9 of its host process. Every 15 s it waits until
all is well, holds the clients still and compares: what they got with what the edge has counted, to the unit. At the end every job that was accepted has to be
done, and descriptors, threads and (from ${MEMORY_JUDGED_FROM_MS / 60_000} minutes on) memory of each process have to be what they were after a quarter
of the time, within 10 %.

options:
  --for TIME    How long it is disturbed, e.g. 90s (default 10m); looks and recoveries come on top.
  --seed WORD   The same word gives the same disturbances (default: another one each time).
  --json        Print the result as JSON on stdout, everything else on stderr.
  --help        Print this.

Exit codes: 0 all held; 1 something did not; 2 wrong usage; 4 the lab would not start, or did not recover.
`

function optionsOf(): { forMs: number; seed: string; json: boolean; help: boolean } {
  const { values } = parseArgs({
    options: {
      for: { type: 'string', default: '10m' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  return { forMs: parseDuration(values.for), seed: values.seed, json: values.json, help: values.help }
}

async function main(options: ReturnType<typeof optionsOf>): Promise<number> {
  progress(`seed ${options.seed}`)
  const tell = (sinceMs: number, text: string): void =>
    progress(`${(sinceMs / 1000).toFixed(1).padStart(7)} s  ${text}`)
  try {
    const result = await inOrder(t => soak(t, { ...options, clients: CLIENTS, everyMs: EVERY_MS }, tell), progress)
    process.stdout.write(`${options.json ? JSON.stringify(result) : table(result)}\n`)
    return result.violations.length === 0 ? 0 : 1
  } catch (error) {
    progress((error as Error).message)
    return 4
  }
}

const counts = (of: Readonly<Record<string, number>>): string =>
  Object.entries(of)
    .map(([name, count]) => `${count} × ${name}`)
    .join(', ')

function table({ calls, outcomes, dealt, notDone, looks, jobs, growth, violations, seed }: SoakResult): string {
  return [
    `seed          ${seed}`,
    `disturbances  ${counts(dealt)}; ${notDone} of them found nobody to hit`,
    `calls         ${calls}: ${counts(outcomes)}`,
    `looks         ${looks}`,
    `jobs          ${jobs.accepted} accepted, ${jobs.done} of them done, ${jobs.beside} more of ${jobs.unanswered} tasks without 202`,
    ...growth.map(
      ({ process, quantity, early, late }) =>
        `${process.padEnd(12)}  ${quantity}: ${early} after a quarter of the time, ${late} at the end`,
    ),
    violations.length === 0 ? 'everything held' : `DID NOT HOLD:\n  ${violations.join('\n  ')}`,
  ].join('\n')
}

process.exit(await command(HELP, optionsOf, main))
