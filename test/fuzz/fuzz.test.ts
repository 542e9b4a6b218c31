import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { campaignAlone } from './alone.ts'
import { campaign } from './campaign.ts'
import { FuzzLab } from './fuzz-lab.ts'
import { probe } from './part.ts'
import { PARTS } from './parts.ts'

/* `npm run fuzz` in its shortest form: the same inputs every time. */

const SEED = 1
const FOR_MS = 60_000
/** Inputs by part, as many as cost little. */
const INPUTS: Readonly<Record<string, number>> = {
  topology: 25,
  workload: 150,
  expectations: 300,
  import: 40,
  listener: 15,
  control: 80,
}

for (const part of PARTS.filter(({ alone }) => alone)) {
  test(`nothing is found in a few inputs: ${part.about}`, async t => {
    const found = await campaign(await part.prepare(t), { seed: SEED, forMs: FOR_MS, inputsMax: INPUTS[part.name]! })
    assert.deepEqual(found, { inputs: INPUTS[part.name], finding: null })
  })
}

test('nothing is found in a few inputs for a lab', async t => {
  const lab = await FuzzLab.start(t)
  for (const part of PARTS.filter(({ alone }) => !alone)) {
    const inputsMax = INPUTS[part.name]!
    const found = await campaign(await part.prepare(t, lab), { seed: SEED, forMs: FOR_MS, inputsMax })
    assert.deepEqual(found, { inputs: inputsMax, finding: null }, part.name)
  }
})

test('what goes wrong is found, as small as it can be made, and the same again with the same seed', async () => {
  const fails = probe({
    inputs: fc.record({ text: fc.string(), number: fc.nat(1000) }),
    async check({ number }) {
      if (number >= 10) throw new Error(`${number} is too much`)
    },
  })
  const options = { seed: SEED, forMs: FOR_MS, inputsMax: 1000 }
  const found = await campaign(fails, options)
  assert.deepEqual(found.finding, { input: { text: '', number: 10 }, message: 'Error: 10 is too much' })
  assert.deepEqual(await campaign(fails, options), found)
})

test('what does not hold in the end is found', async () => {
  const leaks = probe({
    inputs: fc.nat(),
    async check() {},
    async finish() {
      throw new Error('a descriptor is left open')
    },
  })
  const { finding } = await campaign(leaks, { seed: SEED, forMs: FOR_MS, inputsMax: 5 })
  assert.match(finding!.message, /after all inputs: .*left open/)
})

test('a part runs in a process of its own as in this one', async t => {
  const found = await campaignAlone(t, 'expectations', { seed: SEED, forMs: FOR_MS, inputsMax: 20 })
  assert.deepEqual(found, { inputs: 20, finding: null })
})
