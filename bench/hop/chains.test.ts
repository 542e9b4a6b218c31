import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Processes } from '../support/processes.ts'
import { chains, otherChains } from './chains.ts'
import { checkAnswer } from './measure.ts'

// Watt's start alone takes as much processor time as all others together, and its programs are those of fastify-chain;
// `npm run bench:peers` asks it the same questions before it measures, save the last.
const LEFT_OUT = ['watt-chain']
const peers = [...chains, ...otherChains].filter(({ name }) => !name.startsWith('archlab') && !LEFT_OUT.includes(name))

for (const { name, missing, start } of peers) {
  const skip = missing?.() ?? false
  test(`${name} gives the chain's answer, asks for a real token, and really asks its cache`, { skip }, async t => {
    const processes = new Processes()
    t.after(() => processes.stopAll())
    // Rejects when an answer is given without a token, or with a forged one.
    const target = await start(processes)
    await checkAnswer(target)
    const cache = processes.programs.find(program => program.name.endsWith('cache'))
    await cache!.stop()
    await assert.rejects(checkAnswer(target), /instead of 200|timeout/)
  })
}
