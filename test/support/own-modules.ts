import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { folderWith } from './cli.ts'

/** A kind that says a word, which it imports, and how often it has been asked. */
export const KIND = `
import { defineComponent, json, text } from '@archlab/runtime/kit'
import { word } from './word.ts'

export default defineComponent({
  kind: 'sayer',
  summary: 'Says a word.',
  settings: { to: text({ doc: 'To whom.' }) },
  example: 'sayer: { kind: ./sayer.ts, to: you }',
  create({ settings }) {
    let asked = 0
    return () => json(200, { word, to: settings.to, asked: ++asked })
  },
})
`

/** A tactic that counts replies in a header field. */
export const TACTIC = `
import { defineTactic, whenReplied } from '@archlab/runtime/kit'

export default defineTactic({
  name: 'count',
  summary: 'Counts.',
  realises: 'nothing from a book',
  settings: {},
  example: '- ./count.ts: {}',
  create() {
    let replies = 0
    return next => request =>
      whenReplied(next(request), reply => reply.with({ headers: reply.headers + '\\nx-count: ' + ++replies }))
  },
})
`

export const word = (text: string): string => `export const word: string = '${text}'\n`

/** A folder with these modules and a topology; they find the kit as in a project that depends on archlab. */
export function folderWithModules(t: TestContext, topology: string): string {
  const files = { 'topology.yaml': topology, 'sayer.ts': KIND, 'count.ts': TACTIC, 'word.ts': word('one') }
  const folder = folderWith(t, files)
  symlinkSync(fileURLToPath(new URL('../../node_modules', import.meta.url)), join(folder, 'node_modules'))
  return folder
}
