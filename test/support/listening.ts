import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

export interface Listening {
  /** In the kernel's words: `0100007F` is 127.0.0.1. */
  address: string
  port: number
}

/** True where the system tells which sockets a process has. */
export const canSeeSockets = process.platform === 'linux'

/** The TCP sockets on which a process listens (Linux). */
export function listeningOf(pid: number): Listening[] {
  const inodes = new Set(
    readdirSync(`/proc/${pid}/fd`).flatMap(descriptor => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${descriptor}`))?.[1] ?? []
      } catch {
        return []
      }
    }),
  )
  return ['tcp', 'tcp6'].flatMap(table =>
    readFileSync(`/proc/net/${table}`, 'utf8')
      .split('\n')
      .slice(1)
      .flatMap(line => {
        const fields = line.trim().split(/\s+/)
        const [address = '', port = ''] = (fields[1] ?? '').split(':')
        return fields[3] === '0A' && inodes.has(fields[9]!) ? [{ address, port: Number.parseInt(port, 16) }] : []
      }),
  )
}

/** True while a process exists and has not ended. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch {
    return false
  }
  try {
    // A zombie has ended; only its parent has not asked yet.
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return !canSeeSockets
  }
}
