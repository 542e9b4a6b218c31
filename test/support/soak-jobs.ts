/**
 * The long form of test/jobs-survive.test.ts: `npm run soak:jobs [-- ROUNDS]`, 20 rounds unless told otherwise. Prints what
 * became of every accepted job; exit code 1 when one of them was lost.
 */
import { noRabbitmq } from './job-broker.ts'
import { type SoakOptions, type SoakResult, soak } from './job-soak.ts'

const rounds = Number(process.argv[2] ?? 20)
const plans: SoakOptions[] = [{ queue: 'sqlite', blow: 'kill', rounds }]
if (noRabbitmq) process.stderr.write(`${noRabbitmq}: only sqlite\n`)
else plans.push({ queue: 'amqp', blow: 'kill', rounds }, { queue: 'amqp', blow: 'cut', rounds })

const results: SoakResult[] = []
for (const plan of plans) {
  process.stderr.write(`${plan.queue}, ${plan.blow}, ${plan.rounds} rounds\n`)
  const closers: (() => unknown)[] = []
  try {
    results.push(await soak({ after: closer => void closers.push(closer as () => unknown) }, plan))
  } finally {
    for (const close of closers) await close()
  }
}
console.table(results)
const lost = results.some(({ vanished, unfinished, beyondAttempts }) => vanished + unfinished + beyondAttempts > 0)
process.exit(lost ? 1 : 0)
