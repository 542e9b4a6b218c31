import assert from 'node:assert/strict'
import { test } from 'node:test'
import { noRabbitmq } from './support/job-broker.ts'
import { isSound, type JobSoakOptions, soakJobs } from './support/job-soak.ts'

/* Under load, processes are killed and connections cut: what was answered 202 is done. `npm run soak:jobs` does it for longer. */

const PLANS: JobSoakOptions[] = [
  { queue: 'sqlite', blow: 'kill', rounds: 2 },
  { queue: 'amqp', blow: 'kill', rounds: 2 },
  { queue: 'amqp', blow: 'cut', rounds: 2 },
]

for (const plan of PLANS) {
  const what = plan.blow === 'kill' ? 'its processes are killed' : 'its connections are cut'
  const skip = plan.queue === 'amqp' && noRabbitmq
  test(`${plan.queue}: every job that was accepted is done, whenever ${what}`, { skip }, async t => {
    const result = await soakJobs(t, plan)
    t.diagnostic(JSON.stringify(result))
    assert.ok(isSound(result), JSON.stringify(result))
    // A blow costs a job one attempt at most.
    assert.ok(result.mostRuns <= 1 + plan.rounds, `one job ran ${result.mostRuns} times`)
  })
}
