// One hop by hand: a bare uWebSockets.js server in front, undici's Pool.dispatch behind, no pipelining.
// uWebSockets.js is the lab's own, found in the repository's node_modules.
// Usage: node undici-uws.mjs http://127.0.0.1:<backend>
import * as uWS from 'uWebSockets.js'
import { Pool } from 'undici'
import { argument, ready } from '../ready.mjs'

const pool = new Pool(argument(0, 'upstream URL'), { connections: 128, pipelining: 1 })
const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'transfer-encoding', 'upgrade', 'te', 'trailer', 'host'])
// uWebSockets.js writes these itself.
const WRITTEN = new Set([...HOP_BY_HOP, 'content-length', 'date', 'uwebsockets'])

/** Collects one answer and writes it to the waiting client. */
class Exchange {
  constructor(res) {
    this.res = res
    this.gone = false
    this.status = 502
    this.headers = []
    this.chunks = []
  }
  onRequestStart() {}
  onResponseStart(_controller, status, headers) {
    this.status = status
    this.headers = headers
  }
  onResponseData(_controller, chunk) {
    this.chunks.push(chunk)
  }
  onResponseEnd() {
    this.answer(this.status, this.chunks.length === 1 ? this.chunks[0] : Buffer.concat(this.chunks))
  }
  onResponseError(_controller, error) {
    this.headers = {}
    this.answer(502, String(error.code))
  }
  answer(status, body) {
    if (this.gone) return
    this.gone = true
    this.res.cork(() => {
      if (status !== 200) this.res.writeStatus(String(status))
      for (const [name, value] of Object.entries(this.headers)) {
        if (!WRITTEN.has(name)) this.res.writeHeader(name, String(value))
      }
      this.res.end(body)
    })
  }
}

const app = uWS.App().any('/*', (res, req) => {
  const headers = {}
  req.forEach((name, value) => {
    if (!HOP_BY_HOP.has(name)) headers[name] = value
  })
  const query = req.getQuery()
  const exchange = new Exchange(res)
  res.onAborted(() => {
    exchange.gone = true
  })
  const path = query ? `${req.getUrl()}?${query}` : req.getUrl()
  // Enough for a benchmark of GET; a request body is not passed on.
  pool.dispatch({ method: req.getMethod().toUpperCase(), path, headers }, exchange)
})
app.listen('127.0.0.1', 0, socket => {
  if (!socket) throw new Error('undici-uws: no port to listen on')
  ready(uWS.us_socket_local_port(socket), () => {
    app.close()
    return pool.destroy()
  })
})
