import { connect, createServer, type Server, type Socket } from 'node:net'
import type { TestContext } from 'node:test'
import { freePorts } from '@archlab/runtime/whole-lab'

const ADDRESS = '127.0.0.1'

interface Pair {
  readonly near: Socket
  /** The connection to the target; made when the proxy first lets bytes through. */
  far: Socket | undefined
}

/**
 * A TCP proxy in front of a server, by which a test makes that server go away: `refuse`, `cut`, `stall`, and `resume`. The
 * server itself is left alone.
 */
export class TcpProxy {
  readonly port: number
  readonly #targetPort: number
  readonly #pairs = new Set<Pair>()
  #server: Server | undefined
  #stalled = false

  private constructor(port: number, targetPort: number) {
    this.port = port
    this.#targetPort = targetPort
  }

  /** Listens on a free port and passes everything on to `targetPort` of this machine; closes after the test. */
  static async start(t: TestContext, targetPort: number): Promise<TcpProxy> {
    const [port] = await freePorts(1)
    const proxy = new TcpProxy(port!, targetPort)
    await proxy.resume()
    t.after(() => proxy.refuse())
    return proxy
  }

  /** Connections that are open. */
  get connections(): number {
    return this.#pairs.size
  }

  /** Ends every connection and takes no new one, as if the server had stopped. */
  async refuse(): Promise<void> {
    const server = this.#server
    this.#server = undefined
    const closed = server && new Promise(resolve => server.close(resolve))
    this.cut()
    await closed
  }

  /** Resets every connection; new ones are taken. */
  cut(): void {
    for (const pair of [...this.#pairs]) this.#end(pair)
  }

  /** Goes on to take connections, and passes no byte in either direction. */
  stall(): void {
    this.#stalled = true
    for (const { near, far } of this.#pairs) {
      near.pause()
      far?.pause()
    }
  }

  /** Works again, also after `refuse`; connections that were stalled go on with what had been held back. */
  async resume(): Promise<void> {
    this.#stalled = false
    for (const pair of this.#pairs) {
      this.#connect(pair)
      pair.near.resume()
      pair.far?.resume()
    }
    if (!this.#server) await this.#listen()
  }

  #listen(): Promise<void> {
    const server = createServer({ pauseOnConnect: true }, near => this.#take(near))
    this.#server = server
    return new Promise((resolve, reject) => {
      server.once('error', reject)
      server.listen({ port: this.port, host: ADDRESS, exclusive: true }, resolve)
    })
  }

  #take(near: Socket): void {
    const pair: Pair = { near, far: undefined }
    this.#pairs.add(pair)
    near.on('error', () => {}).on('close', () => this.#end(pair))
    near.on('data', bytes => pair.far?.write(bytes))
    near.on('end', () => pair.far?.end())
    // A listener for data has set it flowing.
    near.pause()
    if (this.#stalled) return
    this.#connect(pair)
    near.resume()
  }

  #connect(pair: Pair): void {
    if (pair.far) return
    const { near } = pair
    const far = connect({ port: this.#targetPort, host: ADDRESS, noDelay: true })
    near.setNoDelay(true)
    far.on('error', () => {}).on('close', () => this.#end(pair))
    far.on('data', bytes => near.write(bytes))
    far.on('end', () => near.end())
    pair.far = far
  }

  #end(pair: Pair): void {
    if (!this.#pairs.delete(pair)) return
    pair.near.resetAndDestroy()
    pair.far?.resetAndDestroy()
  }
}
