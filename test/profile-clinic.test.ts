import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { freePorts } from '@archlab/runtime/whole-lab'
import { Cli, folderWith } from './support/cli.ts'
import { supportModule } from './support/lab5.ts'

const INSTALLED = existsSync(fileURLToPath(new URL('../bench/clinic/node_modules/clinic', import.meta.url)))
const skip = INSTALLED ? false : 'clinic is not installed (npm ci --prefix bench/clinic --ignore-scripts)'
const PLANTED_SHARE = 0.6
const TOLERANCE = 0.05

const LAB = `
name: clinic
components:
  front: { kind: load-balancer, port: PORT, to: planted }
  planted: { kind: ${supportModule('planted.ts')} }
workloads:
  hit: { entry: front, arrivals: { closed: { users: 2 } }, duration: 3s, requests: [{ request: GET / }] }
`

/** A stack of clinic's, outermost function first. */
type Stack = readonly { readonly name?: string }[]

test('A planted function is found by clinic on the main thread, with the rest of the lab elsewhere', {
  skip,
}, async t => {
  const [port] = await freePorts(1)
  const folder = folderWith(t, { 'topology.yaml': LAB.replace('PORT', String(port)) })
  const output = join(folder, 'out')
  const args = ['profile', 'planted', '--clinic', 'flame', '--file', join(folder, 'topology.yaml'), '--output', output]
  const { code, stdout, stderr } = await Cli.run(t, [...args, '--json'])
  assert.equal(code, 0, stderr)
  const { page } = JSON.parse(stdout)
  assert.match(readFileSync(page, 'utf8'), /plantedBurn/)
  const data = readdirSync(output).find(name => name.endsWith('.clinic-flame'))!
  const stacks: Stack[] = JSON.parse(readFileSync(join(output, data, `${data}-samples`), 'utf8'))
  const within = (name: string): number =>
    stacks.filter(stack => stack.some(frame => frame.name?.startsWith(name))).length
  const [burn, rest] = [within('plantedBurn '), within('remainder ')]
  const share = burn / (burn + rest)
  assert.ok(Math.abs(share - PLANTED_SHARE) < TOLERANCE, `${share} of ${burn + rest} samples`)
  assert.equal(existsSync(join(output, 'inline-plan.json')), false, 'the secrets of the lab are gone')
})
