import { existsSync, writeFileSync } from 'node:fs'
import { defineComponent, duration, flag, json, sleep, text } from '@archlab/runtime/kit'

/** A component that fails in every way that a test asks for; asked for anything else it is well. */
export default defineComponent({
  kind: 'sick',
  summary: 'Fails in the way that it is asked for.',
  settings: {
    frozen: flag({ doc: 'It never answers.', default: false }),
    latency: duration({ doc: 'How long /slow takes.', default: '100ms' }),
    'start-delay': duration({ doc: 'How long it takes to start.', default: '0ms' }),
    tombstone: text({ doc: 'Path of a file; a replica for which PATH-INDEX exists does not start.', optional: true }),
  },
  counters: { cancelled: 'Requests whose caller gave up waiting.' },
  example: 'sick: { kind: ./sick.ts }',
  async create({ settings, self, clock, count }) {
    const grave = settings.tombstone === undefined ? undefined : `${settings.tombstone}-${self.index}`
    if (grave !== undefined && existsSync(grave)) throw new Error('this one stays dead')
    if (settings.startDelayMs > 0) await sleep(clock, settings.startDelayMs)
    const well = json(200, { replica: self.replica })

    return request => {
      if (settings.frozen || request.path === '/hang') {
        request.cancellation.onCancel(() => count.cancelled.add())
        return new Promise(() => {})
      }
      if (request.path === '/slow') return sleep(clock, settings.latencyMs).then(() => well)
      if (request.path === '/leak') {
        const kept: unknown[] = []
        setInterval(() => kept.push(new Array(131_072).fill(0.5)), 5)
      } else if (request.path === '/block') {
        const untilMs = clock.nowMs() + Number(request.query)
        while (clock.nowMs() < untilMs);
      } else if (request.path === '/exit') process.exit(7)
      else if (request.path === '/abort') {
        // Without what closes the server before the thread ends, the server library aborts the process.
        process.removeAllListeners('exit')
        process.exit(1)
      } else if (request.path === '/throw-later') {
        setTimeout(() => {
          throw new Error('thrown where nobody catches')
        })
      } else if (request.path === '/reject-later') void Promise.reject(new Error('rejected where nobody catches'))
      else if (request.path === '/throw') throw new Error('thrown in the handler')
      else if (request.path === '/die') {
        if (grave !== undefined) writeFileSync(grave, '')
        process.exit(1)
      }
      return well
    }
  },
})
