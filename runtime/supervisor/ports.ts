import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { createServer } from 'node:net'
import { ArchlabError } from '../kit/index.ts'
import type { Topology } from '../topology/topology.ts'

/** Rejects with LAB_PORT_IN_USE or LAB_PORT_UNAVAILABLE when a declared port cannot be had; names who holds it. `own` are ports that the lab itself has. */
export async function assertPortsFree(topology: Topology, own: ReadonlySet<number> = new Set()): Promise<void> {
  for (const { name, listen } of Object.values(topology.components)) {
    for (const port of listen?.ports ?? []) {
      if (!own.has(port)) await assertPortFree(listen!.host, port, `component ${name}`)
    }
  }
}

/** The same for one port; `user` says in the message who wants it. */
export async function assertPortFree(host: string, port: number, user: string): Promise<void> {
  const code = await tryToListen(host, port)
  if (code === null) return
  if (code !== 'EADDRINUSE') {
    const hint = code === 'EACCES' ? 'choose a port from 1024 on, or run with the right to use this one' : undefined
    throw new ArchlabError('LAB_PORT_UNAVAILABLE', `${user} cannot listen on ${host}:${port} (${code})`, { hint })
  }
  const holder = holderOf(port)
  const by = holder === null ? 'another process' : `process ${holder.pid} (${holder.command})`
  throw new ArchlabError('LAB_PORT_IN_USE', `port ${port} of ${user} is in use by ${by}`, {
    hint: holder === null ? 'stop it, or choose another port' : `stop it (kill ${holder.pid}), or choose another port`,
  })
}

function tryToListen(host: string, port: number): Promise<string | null> {
  return new Promise(resolve => {
    const probe = createServer()
    probe.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'EUNKNOWN'))
    probe.listen({ host, port, exclusive: true }, () => probe.close(() => resolve(null)))
  })
}

/** The process that listens on a port, where the system tells (Linux, own processes or root). */
export function holderOf(port: number): { pid: number; command: string } | null {
  try {
    const inodes = listeningInodes(port)
    if (inodes.size === 0) return null
    for (const pid of readdirSync('/proc').filter(name => /^\d+$/.test(name))) {
      if (holdsSocket(pid, inodes)) {
        const command = readFileSync(`/proc/${pid}/comm`, 'utf8').trim()
        return { pid: Number(pid), command }
      }
    }
  } catch {
    // No /proc: another system. The message then names no process.
  }
  return null
}

const LISTENING = '0A'

function listeningInodes(port: number): Set<string> {
  const hexPort = port.toString(16).toUpperCase().padStart(4, '0')
  const inodes = new Set<string>()
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    for (const line of readFileSync(table, 'utf8').split('\n').slice(1)) {
      const fields = line.trim().split(/\s+/)
      if (fields[1]?.endsWith(`:${hexPort}`) && fields[3] === LISTENING && fields[9]) inodes.add(fields[9])
    }
  }
  return inodes
}

function holdsSocket(pid: string, inodes: ReadonlySet<string>): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some(descriptor => {
      const inode = /^socket:\[(\d+)\]$/.exec(readlinkOrEmpty(`/proc/${pid}/fd/${descriptor}`))?.[1]
      return inode !== undefined && inodes.has(inode)
    })
  } catch {
    return false
  }
}

function readlinkOrEmpty(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}
