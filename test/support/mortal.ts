import { existsSync, writeFileSync } from 'node:fs'
import { defineTactic, text } from '@archlab/runtime/kit'

/** Ends the thread that it stands in when a request says so, as a crash would: what is under way there is lost. */
export default defineTactic({
  name: 'mortal',
  summary: 'GET /die ends the replica at once, and for ever.',
  realises: 'nothing from a book',
  settings: { tombstone: text({ doc: 'Path of a file; as long as it exists the replica does not start.' }) },
  example: '- ./mortal.ts: { tombstone: grave }',
  create({ settings: { tombstone } }) {
    if (existsSync(tombstone)) throw new Error('this one stays dead')
    return next => request => {
      if (request.path !== '/die') return next(request)
      writeFileSync(tombstone, '')
      process.exit(1)
    }
  },
})
