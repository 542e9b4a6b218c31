import assert from 'node:assert/strict'
import { Agent } from 'node:http'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { httpCall, type LabUnderTest, startLab } from '@archlab/runtime/whole-lab'
import { countersOf, tacticOf } from './support/counts.ts'
import { catalogs } from './support/lab5.ts'

/* The example of a metastable failure: good replies before, during and after a trigger of one second. */

const FILE = fileURLToPath(new URL('../examples/retry-storm.yaml', import.meta.url))
const PER_SECOND = 140
const EXTRA = 400

/** Times of the phases in seconds. What is asked between them belongs to none. */
const PHASES = { before: [0, 3], during: [3, 4], after: [11, 14] } as const
type Phase = keyof typeof PHASES
const END_S = 14

interface PhaseCounts {
  sent: number
  good: number
}

/** Asks at a steady rate, and `EXTRA` times more during the trigger, whatever becomes of earlier requests. */
async function driveStorm(lab: LabUnderTest): Promise<Record<Phase, PhaseCounts>> {
  const steady = Array.from({ length: PER_SECOND * END_S }, (_, at) => at / PER_SECOND)
  const extra = Array.from({ length: EXTRA }, (_, at) => PHASES.during[0] + at / EXTRA)
  const arrivals = [...steady, ...extra].sort((a, b) => a - b)
  const counts = Object.fromEntries(Object.keys(PHASES).map(phase => [phase, { sent: 0, good: 0 }]))
  const agent = new Agent({ keepAlive: true })
  const startedMs = performance.now()
  const running: Promise<void>[] = []
  const send = async (atS: number): Promise<void> => {
    const phase = Object.entries(PHASES).find(([, [from, to]]) => atS >= from && atS < to)?.[0]
    if (phase) counts[phase]!.sent += 1
    const { status } = await httpCall(lab.url('app'), { agent })
    if (phase && status === 200) counts[phase]!.good += 1
  }
  while (arrivals.length > 0) {
    while (arrivals[0]! * 1000 <= performance.now() - startedMs) running.push(send(arrivals.shift()!))
    await new Promise(resolve => setTimeout(resolve, 2))
  }
  await Promise.all(running)
  agent.destroy()
  return counts as Record<Phase, PhaseCounts>
}

async function storm(t: TestContext, set: string[]) {
  const lab = await startLab(t, { file: FILE }, { catalogs, set })
  const phases = await driveStorm(lab)
  const retry = await tacticOf(lab, 'app', 'retry')
  const database = await countersOf(lab, 'database')
  const share = (phase: Phase): number => phases[phase].good / phases[phase].sent
  t.diagnostic(JSON.stringify({ phases, retried: retry.retried, arrived: database.arrived }))
  return { share, retry, database }
}

test('without a retry budget nobody is served any more, long after the trigger has gone', async t => {
  const { share, retry } = await storm(t, [])
  assert.ok(share('before') > 0.9, `${share('before')} before`)
  assert.ok(share('after') < 0.1, `${share('after')} after`)
  assert.ok(retry.retried! > PER_SECOND * (END_S - PHASES.during[1]), `${retry.retried} retries`)
})

test('with a retry budget the same trigger does the same harm, and then the system recovers', async t => {
  const { share, retry, database } = await storm(t, ['components.app.links.database.tactics.retry.budget=20%'])
  assert.ok(share('before') > 0.9, `${share('before')} before`)
  assert.ok(share('during') < 0.7, `${share('during')} during`)
  assert.ok(share('after') > 0.8, `${share('after')} after`)
  const requests = PER_SECOND * END_S + EXTRA
  assert.ok(retry.retried! <= 0.2 * requests + 2 * 3, `${retry.retried} retries of ${requests}`)
  assert.equal(database.arrived, requests + retry.retried!)
})
