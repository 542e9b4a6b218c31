import { defineComponent, json, type Reply } from '../kit/index.ts'

/* A kind for tests of what becomes of a replica: it lives in the thread of the test, which reads and tells it everything here. */

/** What has happened, in order: `made 1`, `closed 1` ... */
export const happened: string[] = []

/** Replies to `/wait` that the test gives. */
export const waiting: ((reply: Reply) => void)[] = []

/** Makings that fail from now on. */
export const told = { fails: 0 }

let made = 0

/** Forgets everything. */
export function reset(): void {
  happened.length = 0
  waiting.length = 0
  told.fails = 0
  made = 0
}

export default defineComponent({
  kind: 'test-kind',
  summary: 'Tells which of several it is.',
  settings: {},
  example: 'subject: { kind: ./test-kind.ts }',
  async create({ scope }) {
    if (told.fails > 0) {
      told.fails -= 1
      happened.push('failed')
      throw new Error('it cannot be made')
    }
    const which = ++made
    happened.push(`made ${which}`)
    scope.defer(() => void happened.push(`closed ${which}`))
    const reply = json(200, { which })
    return request => (request.path === '/wait' ? new Promise(resolve => waiting.push(() => resolve(reply))) : reply)
  },
})
