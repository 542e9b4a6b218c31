import { appendFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { eventually } from '@archlab/runtime/whole-lab'
import { FileWatch } from './file-watch.ts'

test('a file is watched through every way of saving it; a text that stays the same is no change', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'archlab-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'topology.yaml')
  writeFileSync(file, 'one')
  let changes = 0
  const watch = new FileWatch(file, () => {
    changes += 1
  })
  t.after(() => watch.close())
  const ways: Record<string, () => void> = {
    'written in place': () => writeFileSync(file, 'two'),
    'renamed over': () => {
      writeFileSync(`${file}.new`, 'three')
      renameSync(`${file}.new`, file)
    },
    'truncated, and written after a while': () => {
      writeFileSync(file, '')
      setTimeout(() => writeFileSync(file, 'four'), 150)
    },
    'removed and made again': () => {
      rmSync(file)
      writeFileSync(file, 'five')
    },
    'many times at once': () => {
      for (let count = 0; count < 20; count++) appendFileSync(file, `line ${count}\n`)
    },
  }
  let expected = 0
  for (const [way, save] of Object.entries(ways)) {
    save()
    expected += 1
    await eventually(() => changes === expected, way)
  }
  writeFileSync(join(folder, 'other.yaml'), 'not this one')
  writeFileSync(file, `five${Array.from({ length: 20 }, (_, count) => `line ${count}\n`).join('')}`)
  writeFileSync(file, 'the last one')
  await eventually(() => changes === expected + 1, 'the same text is no change, another one is')
})
