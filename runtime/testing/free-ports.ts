import { createSocket, type Socket } from 'node:dgram'
import { createServer } from 'node:net'

/** Below the ports that systems give to outgoing connections (from 32768 on Linux, from 49152 elsewhere). */
const FIRST = 10_000
const LAST = 32_000
const TRIES_MAX = 1000

const ADDRESS = '127.0.0.1'
/** One for each port that this process was given; they go when the process goes. */
const held: Socket[] = []

/**
 * `count` different TCP ports of the loopback address on which nobody listens, and which no other caller in any process
 * gets as long as this process lives.
 */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = []
  for (let tries = 0; ports.length < count; tries++) {
    if (tries > TRIES_MAX + count) throw new Error(`found ${ports.length} free ports, not ${count}`)
    const port = FIRST + Math.floor(Math.random() * (LAST - FIRST))
    if ((await reserve(port)) && (await nobodyListens(port))) ports.push(port)
  }
  return ports
}

/** A UDP socket with the port's number says that it is taken: only one process can have it, and none keeps it when it dies. */
function reserve(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = createSocket('udp4')
    socket.once('error', () => resolve(false))
    socket.bind({ port, address: ADDRESS, exclusive: true }, () => {
      socket.unref()
      held.push(socket)
      resolve(true)
    })
  })
}

function nobodyListens(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ port, host: ADDRESS, exclusive: true }, () => server.close(() => resolve(true)))
  })
}
