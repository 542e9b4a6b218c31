import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Cli, folderWith } from './support/cli.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const DOCUMENT = readFileSync(join(ROOT, 'docs/theory.md'), 'utf8')
const SHOWN = [...DOCUMENT.matchAll(/```sh\nnpx archlab (predict[^\n]*)\n```\n\n```text\n([\s\S]*?)```/g)]

test('docs/theory.md shows what its commands print', async t => {
  assert.ok(SHOWN.length >= 2)
  for (const [, command, text] of SHOWN) {
    const { code, stdout } = await Cli.run(t, command!.split(' '), { cwd: ROOT })
    assert.equal(code, 0)
    assert.equal(text, stdout, `put what "npx archlab ${command}" prints into docs/theory.md`)
  }
})

test('archlab predict --json is one object on stdout; wrong usage ends with 2 and a hint', async t => {
  const file = join(ROOT, 'examples/mm1.yaml')
  const { code, stdout, stderr } = await Cli.run(t, ['predict', 'poisson', '--json', '-f', file, '-R', '100/s'])
  assert.deepEqual([code, stderr], [0, ''])
  const { arrivals, measures, state } = JSON.parse(stdout)
  assert.deepEqual(arrivals, { type: 'open', perSecond: 100, process: 'poisson' })
  assert.deepEqual([measures.mean, state], [{ value: 10, unit: 'ms', label: 'exact', reason: null }, 'steady'])
  const wrong = await Cli.run(t, ['predict', 'poison', '-f', file])
  assert.deepEqual([wrong.code, wrong.stdout], [2, ''])
  assert.match(wrong.stderr, /CLI_USAGE {2}there is no workload "poison"\n {2}hint: did you mean "poisson"/)
  const rate = await Cli.run(t, ['predict', '-f', file, '-R', 'fast'])
  assert.equal(rate.code, 2)
  assert.match(rate.stderr, /"fast" is no rate/)
  const folder = folderWith(t, { 'lab.yaml': 'name: bare\ncomponents: { a: { kind: service, port: 8000 } }\n' })
  const none = await Cli.run(t, ['predict', '-f', join(folder, 'lab.yaml')])
  assert.equal(none.code, 2)
  assert.match(none.stderr, /bare has no workload/)
})
