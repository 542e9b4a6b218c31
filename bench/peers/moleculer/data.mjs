// The service of the Moleculer system: `data.get` asks the node of the cache.
// Usage: node data.mjs gateway=<port>,data=<port>,cache=<port>
import moleculer from 'moleculer'
import { argument, ready } from '../ready.mjs'
import { brokerOptions } from './node.mjs'

const options = brokerOptions('data', argument(0, 'ports'))
const broker = new moleculer.ServiceBroker(options)
broker.createService({
  name: 'data',
  actions: {
    async get(context) {
      const { value } = await context.call('cache.get', { key: 'my_data' })
      if (value === null) throw new moleculer.Errors.MoleculerError('Failed to retrieve data', 500, 'CACHE_EMPTY')
      return { cached: true, data: value }
    },
  },
})
await broker.start()
ready(options.transporter.options.port, () => broker.stop())
