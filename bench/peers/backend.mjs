// The backend behind every peer's hop: a bare uWebSockets.js server with one prepared answer.
// uWebSockets.js is the lab's own, found in the repository's node_modules: both sides run on the same build.
// Usage: node backend.mjs
import * as uWS from 'uWebSockets.js'
import { ready } from './ready.mjs'

const BODY = JSON.stringify({ message: 'hello' })

const app = uWS.App().any('/*', res => {
  res.writeHeader('content-type', 'application/json').end(BODY)
})
app.listen('127.0.0.1', 0, socket => {
  if (!socket) throw new Error('backend: no port to listen on')
  ready(uWS.us_socket_local_port(socket), () => app.close())
})
