// The gateway of the Fastify chain.
// Usage: node gateway.mjs http://127.0.0.1:<balancer>
import { argument, ready } from '../ready.mjs'
import { gatewayApp, listen } from './apps.mjs'

const app = await gatewayApp({ upstream: argument(0, 'balancer URL') })
ready(await listen(app), () => app.close())
