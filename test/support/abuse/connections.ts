/** Busy clients beside very many that want nothing: `npm run abuse:connections`. */

import { parseArgs } from 'node:util'
import { command, progress } from '../command.ts'
import { inOrder } from '../in-order.ts'
import { type CrowdPlan, type CrowdResult, runCrowd } from './connections-run.ts'

const HELP = `npm run abuse:connections -- [options]

Holds connections to a load balancer that want nothing, or send a byte each second, and measures beside them clients that ask
again as soon as they are answered: alone and beside the crowd in turn. Connections that the lab ends are opened anew.

  --idle 10000     connections that send nothing
  --slow 1000      connections that send a byte each second: half of them heads, half of them bodies
  --busy 16        clients that are measured
  --rounds 5       each of them alone, then beside the crowd
  --duration 5     seconds of a measurement; from 10 on the lab ends idle connections meanwhile
  --json           result as JSON on stdout
  --help           this text

Exit codes: 0 done; 1 the median of p99 beside the crowd over p99 alone is above 2, a busy client failed, or something is
left; 2 wrong usage; 4 it could not be run.
`

const RATIO_MAX = 2

async function main(options: { plan: CrowdPlan; json: boolean; help: boolean }): Promise<number> {
  try {
    const result = await inOrder(t => runCrowd(t, options.plan, progress), progress)
    process.stdout.write(options.json ? `${JSON.stringify(result)}\n` : text(result))
    return isSound(result) ? 0 : 1
  } catch (error) {
    progress((error as Error).message)
    return 4
  }
}

function optionsOf(): { plan: CrowdPlan; json: boolean; help: boolean } {
  const number = (value: string) => ({ type: 'string', default: value }) as const
  const flag = { type: 'boolean', default: false } as const
  const { json, help, ...numbers } = parseArgs({
    options: {
      idle: number('10000'),
      slow: number('1000'),
      busy: number('16'),
      rounds: number('5'),
      duration: number('5'),
      json: flag,
      help: flag,
    },
  }).values
  for (const [name, value] of Object.entries(numbers)) {
    const least = name === 'idle' || name === 'slow' ? 0 : 1
    if (!/^\d{1,6}$/.test(value) || Number(value) < least) throw new Error(`--${name} is a whole number from ${least}`)
  }
  const { idle, slow, busy, rounds, duration } = numbers
  const plan = { idle: +idle, slow: +slow, busy: +busy, rounds: +rounds, roundMs: +duration * 1000 }
  return { plan, json, help }
}

const failuresOf = ({ rounds }: CrowdResult): number =>
  rounds.reduce((sum, round) => sum + round.without.failures + round.with.failures, 0)

const isSound = (result: CrowdResult): boolean =>
  ratioOf(result) <= RATIO_MAX && failuresOf(result) === 0 && result.left.connections === 0

const ratioOf = ({ rounds }: CrowdResult): number => median(rounds.map(one => one.with.p99Ms / one.without.p99Ms))

function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right)
  const middle = sorted.length >> 1
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

function text(result: CrowdResult): string {
  const { rounds, left } = result
  const line = (name: string, read: (round: CrowdResult['rounds'][number]) => number, unit = ''): string =>
    `${name.padEnd(34)}${median(rounds.map(read)).toFixed(2)}${unit}\n`
  const sum = rounds.reduce((total, round) => total + round.with.requests + round.without.requests, 0)
  return [
    line('connections held beside', round => round.held),
    line('p99 alone', round => round.without.p99Ms, ' ms'),
    line('p99 beside the crowd', round => round.with.p99Ms, ' ms'),
    `${'p99 beside / alone'.padEnd(34)}${ratioOf(result).toFixed(2)} (at most ${RATIO_MAX})\n`,
    `${'busy requests'.padEnd(34)}${sum}, ${failuresOf(result)} failed\n`,
    line('ended by the lab and opened anew', round => round.reopened),
    `${'left afterwards'.padEnd(34)}${left.connections} connections, ${left.descriptors} descriptors\n`,
  ].join('')
}

process.exit(await command(HELP, optionsOf, main))
