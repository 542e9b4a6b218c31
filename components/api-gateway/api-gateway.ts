import { defineComponent, forwarded, router } from '@archlab/runtime/kit'

/** The one door to several components: picks the route that matches and forwards to its target. */
export default defineComponent({
  kind: 'api-gateway',
  summary: 'One entry for several components: forwards each request along the first route that matches.',
  about: `Routes are tried in the order of the file. A match is "METHOD /path", or "/path" for any method; ":name" stands for
one segment, a last "*" for the rest, and GET also takes HEAD. An unknown path is answered 404, a known path with
another method 405 with Allow.

A route may change the path ("path"), replace status and body of a good reply ("reply"), and have tactics of its own,
for example "auth" before the routes that need a token. Each proxied request gains X-Forwarded-For, X-Forwarded-Proto
and Forwarded (RFC 7239).`,
  settings: {},
  counters: { routed: 'Requests handed to a route.' },
  links: { routes: true },
  example: `gateway:
  kind: api-gateway
  ports: [5000, 5003]
  routes:
    - { match: GET /data, to: service }
    - match: POST /longtask
      to: jobs
      path: /task
      reply: { status: 202, json: { status: Task queued } }
service:
  kind: microservice
jobs:
  kind: worker
`,
  create(context) {
    const { routed } = context.count
    return router(
      context.routes.map(({ match, call }) => ({
        match,
        endpoint: request => {
          routed.add()
          return call(forwarded(request))
        },
      })),
    )
  },
})
