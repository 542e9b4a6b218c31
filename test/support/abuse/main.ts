/** Sends what nobody should send, and says what came of it: `npm run abuse`. */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { inOrder } from '../in-order.ts'
import type { Ending } from '../own-server.ts'
import { noNginx, startFronts, startNginx } from './fronts.ts'
import { type Front, type Outcome, runCases } from './run-case.ts'
import { type AbuseRow, ALL_CASES, markdown, rowsOf } from './table.ts'

const HELP = `npm run abuse -- [options]

Sends some eighty messages that break the rules of HTTP, or a limit, to a lab over each transport, and to nginx where it is
installed; prints what was answered, and what reached the component behind, as a table. Takes about half a minute.

  --write   put the table into docs/limits.md
  --json    rows as JSON on stdout
  --help    this text

Exit codes: 0 done, 2 wrong usage, 4 the lab or nginx did not start.
`

const DOCUMENT = fileURLToPath(new URL('../../../docs/limits.md', import.meta.url))
const [BEGIN, END] = ['<!-- npm run abuse: begin -->', '<!-- npm run abuse: end -->']

const progress = (text: string): void => void process.stderr.write(`${text}\n`)

process.exit(await main())

async function main(): Promise<number> {
  let options: { write: boolean; json: boolean; help: boolean }
  try {
    const flag = { type: 'boolean', default: false } as const
    options = parseArgs({ options: { write: flag, json: flag, help: flag } }).values
  } catch (error) {
    progress(`${(error as Error).message}\nSee --help.`)
    return 2
  }
  if (options.help) {
    process.stdout.write(HELP)
    return 0
  }
  try {
    const rows = await inOrder(measure, progress)
    if (options.write) write(rows)
    else process.stdout.write(options.json ? `${JSON.stringify(rows)}\n` : markdown(rows))
    return 0
  } catch (error) {
    progress((error as Error).message)
    return 4
  }
}

async function measure(t: Ending): Promise<AbuseRow[]> {
  const { channel, http, direct } = await startFronts(t)
  if (noNginx) progress(`nginx is left out: ${noNginx}`)
  const nginx = noNginx ? null : await startNginx(t, direct)
  progress(`sending ${ALL_CASES.length} messages to each; some are waited for`)
  const run = (front: Front): Promise<Outcome[]> => runCases(front, ALL_CASES)
  const [overChannel, overHttp, byNginx] = await Promise.all([run(channel), run(http), nginx && run(nginx)])
  return rowsOf(overChannel, overHttp, byNginx)
}

function write(rows: readonly AbuseRow[]): void {
  const text = readFileSync(DOCUMENT, 'utf8')
  const [from, to] = [text.indexOf(BEGIN), text.indexOf(END)]
  if (from < 0 || to < from) throw new Error(`${DOCUMENT} has no place for the table`)
  writeFileSync(DOCUMENT, `${text.slice(0, from + BEGIN.length)}\n\n${markdown(rows)}\n${text.slice(to)}`)
  progress(`wrote ${DOCUMENT}`)
}
