/** The long form of test/rolling-restart.test.ts. */
import { TRANSPORTS } from './lab5.ts'
import { type RestartSoakResult, soakRestarts } from './restart-soak.ts'
import { type SoakPlan, soakCommand } from './soak-command.ts'

const ABOUT = `Restarts every component of Lab 5 again and again under load, and counts what failed: 16 clients whose connections
are kept, and 4 with a connection for each request. Links take the transport that a run is named after.`

const plans: SoakPlan<RestartSoakResult>[] = TRANSPORTS.map(transport => ({
  name: transport,
  missing: false,
  run: (t, rounds, progress) => soakRestarts(t, transport, rounds, progress),
}))

const usage = { command: 'npm run soak:restarts -- [options]', about: ABOUT }
process.exit(await soakCommand(usage, plans, ({ failed, miscounted }) => failed + miscounted > 0))
