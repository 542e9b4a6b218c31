import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LoadResult } from '../../topology/index.ts'
import { HostPlanner } from '../plan.ts'
import { Editor } from './editor.ts'

/** An editor whose source notes what is asked of it, and knows every file but `bad.yaml`. */
function editing() {
  const asked: unknown[][] = []
  const editor = new Editor(new HostPlanner())
  editor.source = {
    async load(patches, file, text): Promise<LoadResult> {
      asked.push([patches, file, text])
      const name = file ?? 'own.yaml'
      const problem = { code: 'TOPOLOGY_UNREADABLE', severity: 'error', message: 'no', path: '', place: null } as never
      return {
        topology: name === 'bad.yaml' ? null : ({ file: name } as never),
        problems: name === 'bad.yaml' ? [problem] : [],
        sources: [],
        files: [name],
        text: text ?? `text of ${name}`,
      }
    },
  }
  return { editor, last: () => asked.at(-1) }
}

test('patches stay when the file is read again, and go when another file is applied, which is the file from then on', async () => {
  const { editor, last } = editing()
  assert.deepEqual((await editor.patched(['seed=1'])).repeat, { set: ['seed=1'] })
  assert.deepEqual((await editor.reread()).repeat, { save: 'own.yaml', text: 'text of own.yaml' })
  assert.deepEqual(last(), [['seed=1'], undefined, undefined])
  assert.deepEqual((await editor.replaced('other.yaml')).repeat, { apply: 'other.yaml', text: 'text of other.yaml' })
  assert.deepEqual(last(), [[], 'other.yaml', undefined])
  await editor.patched(['seed=2'])
  await editor.reread()
  assert.deepEqual(last(), [['seed=2'], 'other.yaml', undefined])
})

test('a file that cannot be applied changes nothing', async () => {
  const { editor, last } = editing()
  await editor.patched(['seed=1'])
  await assert.rejects(editor.replaced('bad.yaml'), { code: 'TOPOLOGY_UNREADABLE' })
  await editor.reread()
  assert.deepEqual(last(), [['seed=1'], undefined, undefined])
})

test('a text is taken for what the file holds', async () => {
  const { editor, last } = editing()
  assert.deepEqual((await editor.reread('given')).repeat, { save: 'own.yaml', text: 'given' })
  assert.deepEqual((await editor.replaced('other.yaml', 'given')).repeat, { apply: 'other.yaml', text: 'given' })
  assert.deepEqual(last(), [[], 'other.yaml', 'given'])
})
