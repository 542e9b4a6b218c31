// Usage: started by ../main.mjs
import { serviceApp } from '../../chain/apps.mjs'

export const create = () =>
  serviceApp(async key => {
    const answer = await fetch(`http://cache.plt.local/cache/${key}`)
    return answer.json()
  })
