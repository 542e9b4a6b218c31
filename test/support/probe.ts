import { defineComponent, duration, integer, json, type Reply, type Request, sleep, text } from '@archlab/runtime/kit'

/** What a probe answers. */
export interface Probed {
  replica: string
  /** How many requests this replica had begun with this one. */
  call: number
  /** How much longer the caller waits; `null` when it said nothing. */
  leftMs: number | null
  authorization: string | null
}

/**
 * The end of a chain for tests: counts what it begins and what becomes of it. `POST /switch?status=503&work=60000&health=503`
 * changes the replica that is asked, from the next request on; `/health` answers the health it was given.
 */
export default defineComponent({
  kind: 'probe',
  summary: 'Counts the requests it begins, finishes, and those whose caller goes; can be told to fail or to hang.',
  settings: {
    status: integer({ min: 200, max: 599, default: 200, doc: 'What it answers.' }),
    work: duration({ doc: 'How long an answer takes.', default: '0ms' }),
    'cache-control': text({ optional: true, doc: 'Cache-Control of its answers.' }),
  },
  counters: {
    started: 'Requests begun.',
    finished: 'Requests worked on to the end.',
    cancelled: 'Requests whose caller went before the end.',
    checked: 'Questions for its health.',
  },
  example: 'probe: { kind: ./probe.ts }',
  create({ settings, clock, count, self }) {
    const state = { status: settings.status, work: settings.workMs, health: 200 }
    const fields = settings.cacheControl === undefined ? {} : { 'cache-control': settings.cacheControl }

    function switchTo(query: string): Reply {
      for (const [name, value] of new URLSearchParams(query)) {
        if (!(name in state)) return json(400, { unknown: name })
        state[name as keyof typeof state] = Number(value)
      }
      return json(200, state)
    }

    function finish(request: Request, call: number): Reply {
      count.finished.add()
      const leftMs = Number.isFinite(request.deadlineMs) ? request.deadlineMs - request.arrivedAtMs : null
      const authorization = request.header('authorization') ?? null
      return json(state.status, { replica: self.replica, call, leftMs, authorization } satisfies Probed, fields)
    }

    return request => {
      if (request.path === '/switch') return switchTo(request.query)
      if (request.path === '/health') {
        count.checked.add()
        return json(state.health, {})
      }
      count.started.add()
      const call = count.started.value
      if (state.work === 0) return finish(request, call)
      return sleep(clock, state.work, listener => request.cancellation.onCancel(listener)).then(waited => {
        if (waited) return finish(request, call)
        count.cancelled.add()
        return json(503, {})
      })
    }
  },
})
