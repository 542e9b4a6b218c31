import { type ChildProcess, spawn } from 'node:child_process'

/**
 * Kills a process, or with a negative number the group that it leads, when this process ends without having done so: nobody runs
 * hooks of a test that has been cut off. To be killed itself once the process has ended, before its number can be another one's.
 */
export function guard(pid: number): ChildProcess {
  // Its own session: what a terminal sends to us shall not reach it.
  const child = spawn('sh', ['-c', `cat >/dev/null; kill -9 ${pid}`], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  })
  child.unref()
  return child
}
