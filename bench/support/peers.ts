import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { pinnedEnvironment } from './processes.ts'

/** Folder of the package that holds the systems we measure beside. */
export const PEERS = fileURLToPath(new URL('../peers/', import.meta.url))

const requirePeer = createRequire(new URL('../peers/package.json', import.meta.url))

/** Whether a package of the peers is installed. */
export function peerInstalled(name: string): boolean {
  return existsSync(`${PEERS}node_modules/${name}/package.json`)
}

/** A package of the peers; the caller has asked `peerInstalled` before. */
export function importPeer<T>(name: string): T {
  return requirePeer(name) as T
}

/** Installs the peers, from their own lock file, unless these versions are there already. Throws when npm fails. */
export function installPeers(): void {
  const { dependencies } = readManifest(PEERS)
  const current = Object.entries(dependencies ?? {}).every(
    ([name, version]) => peerInstalled(name) && readManifest(`${PEERS}node_modules/${name}/`).version === version,
  )
  if (current) return
  process.stderr.write('installing the peers once: npm ci --prefix bench/peers\n')
  const { status, error } = spawnSync('npm', ['ci', '--prefix', PEERS, '--ignore-scripts', '--loglevel=error'], {
    // stdout belongs to the results.
    stdio: ['ignore', 'ignore', 'inherit'],
    env: pinnedEnvironment,
    shell: process.platform === 'win32',
  })
  if (error || status !== 0) {
    throw new Error(`the peers could not be installed (${error?.message ?? `npm ended with code ${status}`})`)
  }
}

function readManifest(folder: string): { version?: string; dependencies?: Record<string, string> } {
  return JSON.parse(readFileSync(`${folder}package.json`, 'utf8')) as ReturnType<typeof readManifest>
}
