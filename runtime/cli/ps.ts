import { setTimeout as sleep } from 'node:timers/promises'
import { Command } from 'commander'
import { type ControlOptions, fetchStatus, withControl } from './control-client.ts'
import { colourOn, emitJson, table } from './output.ts'

/** Over so long `busy` is measured. */
const BUSY_OVER_MS = 500

/** `archlab ps`: the replicas of a running lab and their states. */
export function psCommand(): Command {
  const command = new Command('ps').description(
    'replicas of the running lab: state, restarts, how busy they are, their heap',
  )
  return withControl(command).action(async (options: ControlOptions) => {
    // How busy threads are is counted from the last look, which may be long ago.
    await fetchStatus(options)
    await sleep(BUSY_OVER_MS)
    const status = await fetchStatus(options)
    const replicas = Object.values(status.components).flatMap(component =>
      Object.entries(component.replicas).map(([replica, of]) => ({ replica, kind: component.kind, ...of })),
    )
    if (options.json) {
      emitJson(
        replicas.map(({ replica, kind, state, restarts, thread, utilisation, heapBytes }) => ({
          replica,
          kind,
          state,
          restarts,
          thread,
          utilisation,
          heapBytes,
        })),
      )
      return
    }
    // Where every replica has its own there is nothing to tell.
    const shared = replicas.some(one => one.thread !== one.replica)
    const rows = replicas.map(one => [
      one.replica,
      one.kind,
      one.state,
      String(one.restarts),
      `${Math.max(0, one.utilisation * 100).toFixed(0)}%`,
      one.heapBytes === null ? '' : `${(one.heapBytes / 1024 ** 2).toFixed(0)} MiB`,
      ...(shared ? [one.thread] : []),
    ])
    const head = ['replica', 'kind', 'state', 'restarts', 'busy', 'heap', ...(shared ? ['thread'] : [])]
    process.stdout.write(`${table([head, ...rows], colourOn(process.stdout))}\n`)
  })
}
