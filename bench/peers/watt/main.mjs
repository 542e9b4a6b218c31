// The Fastify chain as five applications of Platformatic Watt: each a thread, speaking over Watt's mesh (http://<name>.plt.local).
// Watching and the management socket are off in watt.json: they are no part of the work that is compared. Nor are metrics, which
// watt.json does not mention: even `"metrics": false` opens their port, 9090 on all interfaces.
// Usage: node main.mjs
import { fileURLToPath } from 'node:url'
import { create } from '@platformatic/runtime'
import { ready } from '../ready.mjs'

const runtime = await create(fileURLToPath(new URL('.', import.meta.url)), 'watt.json', { isProduction: true })
const url = await runtime.start()
ready(new URL(url).port, () => runtime.close())
