import assert from 'node:assert/strict'
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { eventually } from '@archlab/runtime/whole-lab'
import { FileWatch } from './file-watch.ts'

/* With the real file system and real time: what it tells of, and when, is what this is about. */

function setUp(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'archlab-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const told = { changes: 0 }
  const follow = (...files: string[]): FileWatch => {
    const watch = new FileWatch(files, () => {
      told.changes += 1
    })
    t.after(() => watch.close())
    return watch
  }
  /** Each way of saving is one change. */
  const each = async (ways: Readonly<Record<string, () => void>>): Promise<void> => {
    for (const [way, save] of Object.entries(ways)) {
      const expected = told.changes + 1
      save()
      await eventually(() => told.changes === expected, way)
    }
  }
  return { folder, told, follow, each }
}

const swap = (target: string, link: string): void => {
  symlinkSync(target, `${link}.new`)
  renameSync(`${link}.new`, link)
}

test('a file is watched through every way of saving it; a text that stays the same is no change', async t => {
  const { folder, told, follow, each } = setUp(t)
  const file = join(folder, 'topology.yaml')
  writeFileSync(file, 'one')
  follow(file)
  await each({
    'written in place': () => writeFileSync(file, 'two'),
    'renamed over': () => {
      writeFileSync(`${file}.new`, 'three')
      renameSync(`${file}.new`, file)
    },
    'moved away, and written anew, with the old one as a backup': () => {
      renameSync(file, `${file}~`)
      writeFileSync(file, 'three and a half')
    },
    'truncated, and written after a while': () => {
      writeFileSync(file, '')
      setTimeout(() => writeFileSync(file, 'four'), 150)
    },
    'absent for a while': () => {
      rmSync(file)
      setTimeout(() => writeFileSync(file, 'five'), 150)
    },
    'many times at once': () => {
      for (let count = 0; count < 20; count++) appendFileSync(file, `line ${count}\n`)
    },
  })
  const before = told.changes
  writeFileSync(join(folder, 'other.yaml'), 'not this one')
  writeFileSync(file, `five${Array.from({ length: 20 }, (_, count) => `line ${count}\n`).join('')}`)
  writeFileSync(file, 'the last one')
  await eventually(() => told.changes === before + 1, 'the same text is no change, another one is')
})

test('a file that somebody keeps writing is read all the same', async t => {
  const { folder, told, follow } = setUp(t)
  const file = join(folder, 'topology.yaml')
  writeFileSync(file, 'begin\n')
  follow(file)
  const writing = setInterval(() => appendFileSync(file, 'more\n'), 30)
  t.after(() => clearInterval(writing))
  await eventually(() => told.changes > 0, 'a change is told')
})

test('symbolic links are followed: of the file, of a folder on the way to it, and of what they lead to', async t => {
  const { folder, follow, each } = setUp(t)
  const version = (name: string, text: string): void => {
    mkdirSync(join(folder, name))
    writeFileSync(join(folder, name, 'topology.yaml'), text)
  }
  version('v1', 'one')
  version('v2', 'two')
  version('v3', 'three')
  const data = join(folder, 'data')
  const file = join(folder, 'topology.yaml')
  symlinkSync('v1', data)
  symlinkSync(join('data', 'topology.yaml'), file)
  follow(file)
  await each({
    'the folder is switched': () => swap('v2', data),
    'what it leads to is written': () => writeFileSync(join(folder, 'v2', 'topology.yaml'), 'two and more'),
    'the file is switched': () => swap(join('v3', 'topology.yaml'), file),
    'what it leads to is replaced': () => {
      writeFileSync(join(folder, 'v3', 'new'), 'three and more')
      renameSync(join(folder, 'v3', 'new'), join(folder, 'v3', 'topology.yaml'))
    },
    'the link becomes a file': () => {
      unlinkSync(file)
      writeFileSync(file, 'plain')
    },
  })
})

test('a folder that goes and comes back is found again', async t => {
  const { folder, follow, each } = setUp(t)
  const inner = join(folder, 'inner')
  const file = join(inner, 'topology.yaml')
  mkdirSync(inner)
  writeFileSync(file, 'one')
  follow(file)
  await each({
    'the folder is made anew': () => {
      rmSync(inner, { recursive: true })
      mkdirSync(inner)
      writeFileSync(file, 'two')
    },
    'and its file is written': () => writeFileSync(file, 'three'),
  })
})

test('several files are one matter, and can be others from now on', async t => {
  const { folder, told, follow, each } = setUp(t)
  const path = (name: string): string => join(folder, name)
  for (const name of ['a', 'b', 'c']) writeFileSync(path(name), 'one')
  const watch = follow(path('a'), path('b'))
  await each({
    'both are saved': () => {
      writeFileSync(path('a'), 'two')
      writeFileSync(path('b'), 'two')
    },
  })
  watch.follow([path('b'), path('c')])
  const before = told.changes
  writeFileSync(path('a'), 'nobody wants to know')
  await each({ 'the new one is saved': () => writeFileSync(path('c'), 'two') })
  assert.equal(told.changes, before + 1)
})
