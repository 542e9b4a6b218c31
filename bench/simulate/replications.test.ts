import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { LoginError } from '../load/engine/logins.ts'
import { simulator } from './simulate-case.ts'

const FILE = fileURLToPath(new URL('./cases/balanced.yaml', import.meta.url))
const LAB5 = fileURLToPath(new URL('../../topology.yaml', import.meta.url))

test('replications give the same result to the last bit in one thread and in two, and each is that of its seed', async () => {
  const told = async (threads: number): Promise<string> => {
    const { speed: _, ...rest } = await (await simulator(FILE, { requests: 500, threads }))(3, 3)
    return JSON.stringify(rest)
  }
  const alone = await told(1)
  assert.equal(await told(2), alone)
  const { replications } = JSON.parse(alone)
  assert.deepEqual(
    replications.map((run: { seed: number }) => run.seed),
    [3, 4, 5],
  )
  const { replications: single } = await (await simulator(FILE, { requests: 500 }))(4)
  assert.equal(JSON.stringify(single[0]), JSON.stringify(replications[1]))
})

test('a run that fails in a thread fails with its own error', async () => {
  const set = ['workloads.browse.login.json.password=wrong']
  const run = await simulator(LAB5, { set, requests: 10, threads: 2 })
  await assert.rejects(run(1, 2), error => {
    return error instanceof LoginError && /POST \/login was answered 401/.test(error.message)
  })
})
