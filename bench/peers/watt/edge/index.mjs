// Usage: started by ../main.mjs
import { proxyApp } from '../../chain/apps.mjs'
import { mesh } from '../mesh.mjs'

export const create = () => proxyApp(mesh('gateway'))
