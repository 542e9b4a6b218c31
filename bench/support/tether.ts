/**
 * Runs a command and ends it together with the process that started this one, whatever happens to that process: its
 * end closes our standard input. So a benchmark that is killed leaves nothing behind.
 *
 * Usage: node tether.ts <signal> <graceMs> <command> [arguments]. The signal is the command's own way to be asked to
 * end; after `graceMs` milliseconds it is killed. Exit code: the command's; 127 when it cannot be started.
 */
import { spawn } from 'node:child_process'

const [signal, graceMs, command, ...args] = process.argv.slice(2)
if (!signal || !graceMs || !command) {
  process.stderr.write('usage: tether.ts <signal> <graceMs> <command> [arguments]\n')
  process.exit(2)
}

const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'] })
let stopping = false

function stop(): void {
  if (stopping) return
  stopping = true
  child.kill(signal as NodeJS.Signals)
  setTimeout(() => child.kill('SIGKILL'), Number(graceMs)).unref()
}

child.on('error', error => {
  process.stderr.write(`${command}: ${error.message}\n`)
  process.exit(127)
})
child.on('exit', (code, killedBy) => process.exit(code ?? (killedBy === signal ? 0 : 1)))
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, stop)
process.stdin.on('end', stop)
process.stdin.on('error', stop)
process.stdin.resume()
