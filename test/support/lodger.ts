import { existsSync } from 'node:fs'
import { defineComponent, flag, json, text } from '@archlab/runtime/kit'

/** A component for tests that may share its thread: says when it closes, and can be a bad neighbour. */
export default defineComponent({
  kind: 'lodger',
  summary: 'Passes requests on, or answers them; logs that it closes.',
  about:
    '/throw-later throws in a timer, /exit ends the thread, /hoard takes all the memory there is, /leak does so bit by bit, /spin never returns.',
  settings: {
    clings: flag({ doc: 'It never closes.', default: false }),
    grave: text({ doc: 'Path of a file; as long as it exists nobody starts.', optional: true }),
  },
  links: { named: { next: { doc: 'Whom it calls.' } } },
  example: 'lodger: { kind: ./lodger.ts }',
  create({ self, settings, scope, log, link }) {
    scope.defer(() => {
      log.info('closes')
      return settings.clings ? new Promise<void>(() => {}) : undefined
    })
    if (settings.grave !== undefined && existsSync(settings.grave)) throw new Error('kept in its grave')
    const next = link('next')
    const well = json(200, { replica: self.replica })
    return request => {
      if (next) return next.call(request)
      if (request.path === '/throw-later') {
        setTimeout(() => {
          throw new Error('a lodger threw')
        })
      } else if (request.path === '/exit') process.exit(7)
      else if (request.path === '/hoard') {
        const hoard: number[][] = []
        for (;;) hoard.push(new Array(1000).fill(0.5))
      } else if (request.path === '/leak') {
        const leaked: number[][] = []
        const grow = (): void => {
          for (let block = 0; block < 100; block++) leaked.push(new Array(1000).fill(0.5))
        }
        const timer = setInterval(grow, 10)
        scope.defer(() => clearInterval(timer))
      } else if (request.path === '/spin') for (;;);
      return well
    }
  },
})
