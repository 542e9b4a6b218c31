// The Fastify chain as five applications of Platformatic Watt: each a thread, speaking over Watt's mesh (http://<name>.plt.local).
// Watching, metrics and the management socket are off in watt.json: they are no part of the work that is compared.
// Usage: node main.mjs
import { fileURLToPath } from 'node:url'
import { create } from '@platformatic/runtime'
import { ready } from '../ready.mjs'

const runtime = await create(fileURLToPath(new URL('.', import.meta.url)), 'watt.json', { isProduction: true })
const url = await runtime.start()
ready(new URL(url).port, () => runtime.close())
