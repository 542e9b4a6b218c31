/** Prints the table of test/fault-matrix.test.ts. */
import { parseArgs } from 'node:util'
import { inOrder } from '../in-order.ts'
import { dealAll } from './matrix.ts'
import { matrixTable, TABLE_ABOUT } from './table.ts'

const HELP = `usage: npm run faults -- [options]

Deals every kind of fault to a lab under load, one after the other, and prints who noticed it, how long it took until the
lab was whole again, and which requests failed. ${TABLE_ABOUT}

options:
  --json   Print the outcomes as JSON on stdout, everything else on stderr.
  --help   Print this.

Exit codes: 0 done; 2 wrong usage; 4 a lab would not start, or did not recover.
`

const progress = (text: string): void => void process.stderr.write(`${text}\n`)

async function main(): Promise<number> {
  let options: { json?: boolean; help?: boolean }
  try {
    options = parseArgs({ options: { json: { type: 'boolean' }, help: { type: 'boolean' } } }).values
  } catch (error) {
    progress(`${(error as Error).message}\nSee --help.`)
    return 2
  }
  if (options.help) {
    process.stdout.write(HELP)
    return 0
  }
  try {
    const { outcomes, leftOut, supervisor, ...rest } = await inOrder(t => dealAll(t, progress), progress)
    const json = { outcomes, leftOut, supervisor }
    process.stdout.write(`${options.json ? JSON.stringify(json) : matrixTable({ ...json, ...rest })}\n`)
    return 0
  } catch (error) {
    progress((error as Error).message)
    return 4
  }
}

process.exit(await main())
