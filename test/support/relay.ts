import { bodyText, defineComponent, duration, json, type Request, sleep } from '@archlab/runtime/kit'

/** How long it takes before it calls. */
const PAUSE_MS = 20

/** A hop for tests that tells how much longer each hop's caller waited. */
export default defineComponent({
  kind: 'relay',
  summary: 'Calls its link after 20 ms, and puts the time that its own caller still waits in front of what comes back.',
  settings: { deadline: duration({ optional: true, doc: 'How long it waits itself, where its caller waits longer.' }) },
  links: { inline: true },
  example: 'relay: { kind: ./relay.ts, to: probe }',
  create(context) {
    const { call } = context.link('to')!
    const { deadlineMs = Number.POSITIVE_INFINITY } = context.settings
    return async request => {
      const ownMs = request.arrivedAtMs + deadlineMs
      await sleep(context.clock, PAUSE_MS)
      const reply = await call(ownMs < request.deadlineMs ? request.with({ deadlineMs: ownMs }) : request)
      if (reply.status !== 200) return reply
      const behind = JSON.parse(bodyText(reply.body)) as { leftMs: number | null; hops?: (number | null)[] }
      return json(200, { hops: [leftMs(request), ...(behind.hops ?? [behind.leftMs])] })
    }
  },
})

function leftMs(request: Request): number | null {
  return Number.isFinite(request.deadlineMs) ? request.deadlineMs - request.arrivedAtMs : null
}
