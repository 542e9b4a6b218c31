// Usage: started by ../main.mjs
import { gatewayApp } from '../../chain/apps.mjs'
import { mesh } from '../mesh.mjs'

export const create = () => gatewayApp(mesh('balancer'))
