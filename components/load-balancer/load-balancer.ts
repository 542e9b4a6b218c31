import {
  type ComponentContext,
  choice,
  defineComponent,
  forwarded,
  type Handler,
  headers,
  Reply,
  type Settings,
} from '@archlab/runtime/kit'

const settings = {
  mode: choice(['proxy', 'redirect'], {
    doc: 'proxy forwards the request and passes the reply on; redirect answers 307 and lets the client call again.',
    default: 'proxy',
  }),
} satisfies Settings

/** Spreads requests over the replicas of its targets. */
export default defineComponent({
  kind: 'load-balancer',
  summary: 'Spreads requests over the replicas of one or more components.',
  about: `Every request goes to one live replica behind "to", chosen by "policy" (round-robin by default). Replicas that are
down are left out until they are ready again. Method, path, query, header fields, body and status pass through
unchanged; X-Forwarded-For, X-Forwarded-Proto and Forwarded (RFC 7239) say who asked, and x-archlab-replica names the
replica that answered.

With "mode: redirect" the client gets 307 and a Location instead, built from the addresses of the live targets in turn;
the query is kept. The targets then need ports. A redirecting balancer never sees how a request ends: neither the
link's policy nor its tactics apply, and each request costs the client a second round trip. Compare the two modes with
\`--set components.NAME.mode=redirect\`.`,
  settings,
  counters: {
    forwarded: 'Requests handed to a target.',
    redirected: 'Requests answered with 307.',
    unavailable: 'Requests that found no target with an address.',
  },
  links: { inline: true },
  transparent: true,
  example: `edge:
  kind: load-balancer
  port: 8000
  to: service
  policy: round-robin
service:
  kind: microservice
  replicas: 2
`,
  create: context => (context.settings.mode === 'redirect' ? redirecting(context) : proxying(context)),
})

type BalancerContext = ComponentContext<typeof settings, 'forwarded' | 'redirected' | 'unavailable'>

function proxying(context: BalancerContext): Handler {
  const link = context.link('to')
  if (!link) return unavailable(context, 'This balancer has no target.')
  const { call } = link
  const { forwarded: count } = context.count
  return request => {
    count.add()
    return call(forwarded(request))
  }
}

function redirecting(context: BalancerContext): Handler {
  const link = context.link('to')
  const none = unavailable(context, 'No live target has a port to be redirected to.')
  if (!link) return none
  let turn = 0
  return request => {
    const addresses = link.addresses()
    const address = addresses[turn % addresses.length]
    if (address === undefined) return none(request)
    turn = (turn + 1) % addresses.length
    context.count.redirected.add()
    const query = request.query === '' ? '' : `?${request.query}`
    return new Reply(307, headers({ location: `${address.replace(/\/$/, '')}${request.path}${query}` }))
  }
}

function unavailable(context: BalancerContext, detail: string): Handler {
  const reply = context.refuse(503, 'destination_unavailable', 'load-balancer', { detail })
  return () => {
    context.count.unavailable.add()
    return reply
  }
}
