import { readFileSync } from 'node:fs'
import type { Machine } from './resolve/scope.ts'

const ALWAYS_OPEN: Machine = { firstOpenPort: 0 }

/** What this machine allows this process. */
export function machineOf(): Machine {
  if (process.platform === 'win32' || process.getuid?.() === 0) return ALWAYS_OPEN
  // macOS lets anyone open a low port since 10.14, on all addresses only; a refusal is told when the lab starts.
  if (process.platform !== 'linux') return ALWAYS_OPEN
  try {
    const first = Number(readFileSync('/proc/sys/net/ipv4/ip_unprivileged_port_start', 'utf8'))
    return { firstOpenPort: Number.isInteger(first) ? first : 1024 }
  } catch {
    return { firstOpenPort: 1024 }
  }
}
