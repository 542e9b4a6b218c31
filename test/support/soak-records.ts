/** The long form of test/records-survive.test.ts. */
import { noOwnPostgres } from './own-postgres.ts'
import { isSound, type RecordSoakResult, soakRecords } from './record-soak.ts'
import { type SoakPlan, soakCommand } from './soak-command.ts'

const ABOUT = `Changes the records of a database that keeps them in a PostgreSQL of its own, kills that PostgreSQL again and
again, every other time together with the lab's host process, and looks for every change that was answered 2xx.`

const plans: SoakPlan<RecordSoakResult>[] = [
  { name: 'postgres-server', missing: noOwnPostgres, run: (t, rounds, progress) => soakRecords(t, rounds, progress) },
]

const usage = { command: 'npm run soak:records -- [options]', about: ABOUT }
process.exit(await soakCommand(usage, plans, result => !isSound(result)))
