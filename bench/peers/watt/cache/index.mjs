// Usage: started by ../main.mjs
import { cacheApp } from '../../chain/apps.mjs'

export const create = cacheApp
