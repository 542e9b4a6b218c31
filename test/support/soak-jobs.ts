/** The long form of test/jobs-survive.test.ts and test/broker-survives.test.ts. */
import { noRabbitmq } from './job-broker.ts'
import { isSound, type JobSoakOptions, type JobSoakResult, soakJobs } from './job-soak.ts'
import { noOwnRabbitmq } from './own-rabbitmq.ts'
import { type SoakPlan, soakCommand } from './soak-command.ts'

const ABOUT = `Loads a worker, kills again and again, and counts what became of every job that was answered 202:
  sqlite            the processes of the lab, which hold the queue's file
  rabbitmq          the processes of the lab; RabbitMQ is that of this machine
  rabbitmq-cut      the connections to that RabbitMQ
  rabbitmq-server   a RabbitMQ of its own, every other time together with the lab's host process`

const plan = (name: string, missing: string | false, how: Omit<JobSoakOptions, 'rounds'>): SoakPlan<JobSoakResult> => ({
  name,
  missing,
  run: (t, rounds, progress) => soakJobs(t, { ...how, rounds }, progress),
})

const plans = [
  plan('sqlite', false, { queue: 'sqlite', blow: 'kill' }),
  plan('rabbitmq', noRabbitmq, { queue: 'amqp', blow: 'kill' }),
  plan('rabbitmq-cut', noRabbitmq, { queue: 'amqp', blow: 'cut' }),
  plan('rabbitmq-server', noOwnRabbitmq, { queue: 'amqp', blow: 'server' }),
]

process.exit(
  await soakCommand({ command: 'npm run soak:jobs -- [options]', about: ABOUT }, plans, result => !isSound(result)),
)
