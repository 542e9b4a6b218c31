/** A program of its own: clients that hold connections and want nothing, or want it very slowly. */
import { connect, type Socket } from 'node:net'

/** What the command says to it. */
export type ToCrowd = { type: 'open'; port: number; idle: number; slow: number } | { type: 'close' }
/** What it says: every connection is open once; all are gone. */
export type FromCrowd = { type: 'opened' } | { type: 'closed'; reopened: number; answers: Record<string, number> }

/** At once, so that the listener's queue suffices. */
const OPENING_MAX = 200
/** One address has ports for some 28,000 connections to one other. */
const ADDRESSES = ['127.0.0.2', '127.0.0.3', '127.0.0.4', '127.0.0.5']
const DRIP_MS = 1000

const SLOW_HEAD = 'GET /slow HTTP/1.1\r\nHost: lab.test\r\nX-A: '
const SLOW_BODY = 'POST /slow HTTP/1.1\r\nHost: lab.test\r\nContent-Length: 100000\r\n\r\n'

class Crowd {
  readonly #port: number
  readonly #sockets = new Set<Socket>()
  readonly #slow = new Set<Socket>()
  readonly #answers: Record<string, number> = {}
  readonly #drip: NodeJS.Timeout
  #reopened = 0
  #opening = 0
  #closing = false
  readonly #waiting: (() => void)[] = []

  constructor(port: number) {
    this.#port = port
    this.#drip = setInterval(() => {
      for (const socket of this.#slow) socket.write('x')
    }, DRIP_MS)
  }

  async open(idle: number, slow: number): Promise<void> {
    const openings: Promise<void>[] = []
    for (let at = 0; at < idle; at++) openings.push(this.#hold(at, ''))
    for (let at = 0; at < slow; at++) openings.push(this.#hold(at, at % 2 ? SLOW_HEAD : SLOW_BODY))
    await Promise.all(openings)
  }

  /** Ends all connections. */
  close(): FromCrowd {
    this.#closing = true
    clearInterval(this.#drip)
    for (const socket of this.#sockets) socket.destroy()
    return { type: 'closed', reopened: this.#reopened, answers: this.#answers }
  }

  /** Opens a connection, and another one whenever it is ended by the server. Resolves when it is open for the first time. */
  #hold(at: number, beginning: string): Promise<void> {
    return new Promise(resolve => {
      const again = async (): Promise<void> => {
        if (this.#opening >= OPENING_MAX) await new Promise<void>(go => this.#waiting.push(go))
        if (this.#closing) return
        this.#opening += 1
        const localAddress = ADDRESSES[at % ADDRESSES.length]!
        const socket = connect({ port: this.#port, host: '127.0.0.1', localAddress })
        this.#sockets.add(socket)
        let isOpen = false
        const opened = (): void => {
          if (isOpen) return
          isOpen = true
          this.#opening -= 1
          this.#waiting.shift()?.()
        }
        socket.on('connect', () => {
          opened()
          resolve()
          if (beginning !== '') {
            socket.write(beginning)
            this.#slow.add(socket)
          }
        })
        socket.on('data', data => {
          const status = data.toString('latin1', 9, 12)
          this.#answers[status] = (this.#answers[status] ?? 0) + 1
        })
        socket.on('error', () => {})
        socket.on('close', () => {
          opened()
          this.#sockets.delete(socket)
          this.#slow.delete(socket)
          if (this.#closing) return
          this.#reopened += 1
          void again()
        })
      }
      void again()
    })
  }
}

let crowd: Crowd | undefined
const say = (message: FromCrowd): void => void process.send!(message)

process.on('message', (message: ToCrowd) => {
  if (message.type === 'open') {
    crowd = new Crowd(message.port)
    void crowd.open(message.idle, message.slow).then(() => say({ type: 'opened' }))
  } else if (crowd) say(crowd.close())
})
process.on('disconnect', () => process.exit(0))
