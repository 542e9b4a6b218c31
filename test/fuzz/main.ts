/** `npm run fuzz`: see `--help`. */

import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import { parseDuration } from '@archlab/runtime/kit'
import { command, progress } from '../support/command.ts'
import { campaignAlone } from './alone.ts'
import { type CampaignResult, campaign, messageOf } from './campaign.ts'
import type { FuzzPart } from './part.ts'
import { PARTS } from './parts.ts'

const FOR = '60s'
const SEED_MAX = 2 ** 31 - 1
const PROGRESS_EVERY_MS = 5000
const INTERRUPTED = 130
/** Longest part of an input that is printed. */
const SHOWN_MAX = 20_000

const HELP = `usage: npm run fuzz -- [options]

Gives each part inputs that are bent at random, and says which one made it fail, as small as it could be made:
${PARTS.map(({ name, about }) => `  ${name.padEnd(14)}${about}`).join('\n')}

options:
  --only LIST   What is given inputs: ${PARTS.map(({ name }) => name).join(', ')} (default: all)
  --for TIME    How long, each (default ${FOR})
  --seed N      The same number gives the same inputs (default: a new one, which is printed)
  --json        Print the outcome as JSON on stdout, everything else on stderr.
  --help        Print this.

Exit codes: 0 nothing was found; 1 something was; 2 wrong usage; 4 a part could not be run.
`

function optionsOf() {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', multiple: true, default: [] },
      for: { type: 'string', default: FOR },
      seed: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  const names = PARTS.map(({ name }) => name)
  const only = values.only.flatMap(text => text.split(','))
  const unknown = only.find(name => !names.includes(name))
  if (unknown !== undefined) throw new Error(`--only knows ${names.join(', ')}, not "${unknown}"`)
  const seed = values.seed === undefined ? randomInt(SEED_MAX) : Number(values.seed)
  if (!Number.isInteger(seed) || seed < 0 || seed > SEED_MAX) {
    throw new Error(`--seed must be a whole number from 0 to ${SEED_MAX}, not "${values.seed}"`)
  }
  const parts = PARTS.filter(({ name }) => only.length === 0 || only.includes(name))
  return { parts, seed, forMs: parseDuration(values.for), json: values.json, help: values.help }
}

const closers: (() => void | Promise<void>)[] = []
async function close(): Promise<void> {
  for (const closer of closers.splice(0)) await closer()
}

async function run(part: FuzzPart, seed: number, forMs: number): Promise<CampaignResult> {
  let inputs = 0
  const timer = setInterval(() => progress(`${part.name}: ${inputs} inputs`), PROGRESS_EVERY_MS)
  const t = { after: (closer: () => void | Promise<void>) => void closers.push(closer) }
  const options = { seed, forMs, inputsMax: Number.MAX_SAFE_INTEGER, onInput: () => void inputs++ }
  try {
    return part.alone ? await campaignAlone(t, part.name, options) : await campaign(await part.prepare(t), options)
  } finally {
    clearInterval(timer)
    await close()
  }
}

const shown = (value: unknown): string => JSON.stringify(value, null, 2)?.slice(0, SHOWN_MAX) ?? String(value)

async function main(options: ReturnType<typeof optionsOf>): Promise<number> {
  const outcomes: (CampaignResult & { part: string; seed: number })[] = []
  for (const part of options.parts) {
    progress(`${part.name}: seed ${options.seed}`)
    const { finding, inputs } = await run(part, options.seed, options.forMs)
    outcomes.push({ part: part.name, seed: options.seed, inputs, finding })
    if (options.json) continue
    const found = finding ? `found ${finding.message}\nsmallest input:\n${shown(finding.input)}` : 'nothing found'
    process.stdout.write(`${part.name}: seed ${options.seed}, ${inputs} inputs, ${found}\n`)
  }
  if (options.json) process.stdout.write(`${JSON.stringify(outcomes)}\n`)
  return outcomes.some(({ finding }) => finding) ? 1 : 0
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => {
    progress('interrupted: cleaning up')
    void close().finally(() => process.exit(INTERRUPTED))
  })
}
try {
  process.exitCode = await command(HELP, optionsOf, main)
} catch (error) {
  progress(messageOf(error))
  process.exitCode = 4
} finally {
  await close()
}
