import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { globSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { ROOT } from './support/results.ts'

const run = promisify(execFile)

test('every topology of the benchmarks is valid', async () => {
  const files = globSync('bench/*/topologies/*.yaml', { cwd: ROOT })
  assert.equal(files.length, 7, files.join())
  const check = async (file: string): Promise<void> => {
    const args = [join(ROOT, 'runtime/archlab.js'), 'check', '--json', '--file', file]
    const found: { stdout: string; stderr: string } = await run(process.execPath, args, { cwd: ROOT }).catch(
      failed => failed as typeof found,
    )
    assert.equal(found.stderr, '', file)
    assert.deepEqual(JSON.parse(found.stdout), { valid: true, problems: [] }, file)
  }
  await Promise.all(files.map(check))
})
