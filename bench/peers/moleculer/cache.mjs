// The cache of the Moleculer system: `cache.get` and `cache.set` on an lru-cache, filled at start.
// Usage: node cache.mjs gateway=<port>,data=<port>,cache=<port>
import { LRUCache } from 'lru-cache'
import moleculer from 'moleculer'
import { argument, ready } from '../ready.mjs'
import { brokerOptions } from './node.mjs'

const entries = new LRUCache({ max: 10_000, ttl: 3_600_000 })
entries.set('my_data', 'Fetched fresh data from DB')

const options = brokerOptions('cache', argument(0, 'ports'))
const broker = new moleculer.ServiceBroker(options)
broker.createService({
  name: 'cache',
  actions: {
    get: ({ params }) => ({ value: entries.get(params.key) ?? null }),
    set({ params }) {
      entries.set(params.key, params.value)
      return { status: 'ok' }
    },
  },
})
await broker.start()
ready(options.transporter.options.port, () => broker.stop())
