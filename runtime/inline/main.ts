import { readFileSync, writeFileSync } from 'node:fs'
import { ReplicaMemory, SharedState } from '../host/memory.ts'
import { toWire } from '../kit/index.ts'
import { allLinks, type FromReplica, type InlinePlan, type ReplicaPlan } from '../protocol.ts'
import { Replica } from '../replica/replica.ts'
import { Residents } from '../replica/residents.ts'

/*
 * A process whose main thread runs replicas, for tools that see no other thread. The rest of the lab is in a host process;
 * links lead there and back over HTTP, at addresses that everybody knows beforehand. Nobody watches over the replicas here
 * and nobody reads what they count: SIGINT closes them and ends the process.
 */

/** Whatever keeps the process after it has been told to close is left behind then. */
const EXIT_MS = 10_000

const plan = JSON.parse(readFileSync(process.argv[2]!, 'utf8')) as InlinePlan
const shared = new SharedState()
const heard = new Map<string, (message: FromReplica) => void>()
const residents = new Residents(
  (birth, report) => new Replica(birth, report),
  message => {
    if (message.type === 'told') heard.get(message.replica)?.(message.message)
  },
)

process.on('exit', () => residents.abort())
process.on('SIGINT', close)
process.on('SIGTERM', close)

try {
  await Promise.all(plan.replicas.map(open))
  writeFileSync(plan.readyFile, String(process.pid))
} catch (error) {
  say(toWire(error))
  process.exit(1)
}

/** Whoever started the process shows it when something goes wrong. */
function say(line: object): void {
  process.stderr.write(`${JSON.stringify(line)}\n`)
}

/** Lets a replica in, tells it whom it can call, and waits until it serves. */
function open(replica: ReplicaPlan): Promise<void> {
  const name = replica.replica
  const { traffic, meters } = new ReplicaMemory(replica)
  residents.open({ plan: replica, traffic, meters, shared: shared.regionsOf(replica) })
  for (const { targets } of allLinks(replica)) {
    for (const target of targets) {
      const origin = plan.origins[target.replica]
      if (origin) residents.tell(name, { type: 'target-up', replica: target.replica, via: { origin } })
    }
  }
  return new Promise((resolve, reject) => {
    heard.set(name, message => {
      if (message.type === 'ready') resolve()
      else if (message.type === 'failed') reject(new Error(`${name} did not start: ${message.error.message}`))
      else if (message.type === 'log') say({ replica: name, ...message })
    })
    residents.tell(name, { type: 'start' })
  })
}

let closing = false

/** The process ends when there is nothing left to do: a tool may still be writing what it has recorded. */
function close(): void {
  if (closing) return
  closing = true
  for (const { replica } of plan.replicas) residents.tell(replica, { type: 'close' })
  setTimeout(() => process.exit(0), EXIT_MS).unref()
}
