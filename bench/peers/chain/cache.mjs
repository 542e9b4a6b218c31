// The cache of the Fastify chain.
// Usage: node cache.mjs
import { ready } from '../ready.mjs'
import { cacheApp, listen } from './apps.mjs'

const app = cacheApp()
ready(await listen(app), () => app.close())
