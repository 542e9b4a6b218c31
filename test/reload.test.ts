import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { httpCall, startLab } from '@archlab/runtime/whole-lab'
import { catalogs } from './support/lab5.ts'
import { folderWithModules, KIND, TACTIC, word } from './support/own-modules.ts'
import { isBack, replicaOf } from './support/threads.ts'

/* Modules of the user's are edited while the lab runs. That a saved file leads to an edit is live-edit-commands.test.ts. */

const SOURCE = `
components:
  say: { kind: ./sayer.ts, port: 8000, to: you, tactics: [./count.ts] }
`

test('Modules of the user’s in a running lab', async t => {
  const folder = folderWithModules(t, SOURCE)
  const save = (name: string, text: string): void => writeFileSync(join(folder, name), text)
  const lab = await startLab(t, { file: join(folder, 'topology.yaml') }, { catalogs })
  const ask = async (): Promise<unknown[]> => {
    const { json, headers } = await httpCall(lab.url('say'))
    return [json.word, json.to, json.asked, headers['x-count']]
  }
  const restarts = async (): Promise<number> => (await replicaOf(lab, 'say/0')).restarts
  assert.deepEqual(await ask(), ['one', 'you', 1, '1'])

  await t.test('a kind whose import changes is made anew in place, and its tactic keeps its state', async () => {
    save('word.ts', word('two'))
    const { steps } = await lab.lab.applyFile()
    assert.deepEqual(steps.change, ['say/0'])
    assert.deepEqual(await ask(), ['two', 'you', 1, '2'])
  })

  await t.test('a tactic that changes is made anew, and its component keeps its state', async () => {
    save('count.ts', TACTIC.replace('++replies', '(replies += 10)'))
    await lab.lab.applyFile()
    assert.deepEqual(await ask(), ['two', 'you', 2, '10'])
  })

  await t.test('the settings of a kind are those of its new version', async () => {
    const kind = KIND.replace("to: text({ doc: 'To whom.' })", "whom: text({ doc: 'To whom.' })")
    save('sayer.ts', kind.replace('settings.to', 'settings.whom'))
    await assert.rejects(lab.lab.applyFile(), { code: 'TOPOLOGY_MISSING_SETTING' })
    save('topology.yaml', SOURCE.replace('to: you', 'whom: them'))
    await lab.lab.applyFile()
    assert.deepEqual(await ask(), ['two', 'them', 1, '20'])
    save('sayer.ts', KIND)
    save('topology.yaml', SOURCE)
    await lab.lab.applyFile()
    assert.deepEqual(await ask(), ['two', 'you', 1, '30'])
  })

  await t.test('a version with a mistake is refused, and the former one goes on', async () => {
    save('word.ts', 'export const word: = 3')
    await assert.rejects(lab.lab.applyFile(), /word\.ts: /)
    save('word.ts', "throw new Error('not today')\nexport const word = ''")
    await assert.rejects(lab.lab.applyFile(), /sayer\.ts cannot be imported: not today/)
    assert.deepEqual(await ask(), ['two', 'you', 2, '40'])
  })

  await t.test(
    'one that throws when it is made is taken back, with what came with it; the former one goes on',
    async () => {
      save('word.ts', word('three'))
      save('sayer.ts', KIND.replace('let asked = 0', "throw new Error('made in vain')"))
      save('topology.yaml', SOURCE.replace('to: you', 'to: nobody'))
      await assert.rejects(lab.lab.applyFile(), { code: 'OPERATION_FAILED', message: /not taken.*made in vain/ })
      assert.deepEqual(await ask(), ['two', 'you', 3, '50'])
      assert.equal(await restarts(), 0)
      assert.equal(lab.lab.events.at(-1)!.event, 'edit-taken-back')
    },
  )

  await t.test('a replica that dies meanwhile comes back with the version that runs', async () => {
    await lab.lab.operate({ action: 'kill', target: 'say/0' })
    await isBack(lab, 'say/0', 1)
    assert.deepEqual(await ask(), ['two', 'you', 1, '10'])
  })

  await t.test('what is mended is taken', async () => {
    save('sayer.ts', KIND)
    await lab.lab.applyFile()
    assert.deepEqual(await ask(), ['three', 'nobody', 1, '20'])
    assert.equal(await restarts(), 1)
  })
})
