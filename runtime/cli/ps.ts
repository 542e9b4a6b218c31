import { Command } from 'commander'
import { type ControlOptions, fetchStatus, withControl } from './control-client.ts'
import { colourOn, emitJson, table } from './output.ts'

/** `archlab ps`: the replicas of a running lab and their states. */
export function psCommand(): Command {
  const command = new Command('ps').description('replicas of the running lab: state, restarts, how busy they are')
  return withControl(command).action(async (options: ControlOptions) => {
    const status = await fetchStatus(options)
    const replicas = Object.values(status.components).flatMap(component =>
      Object.entries(component.replicas).map(([replica, of]) => ({ replica, kind: component.kind, ...of })),
    )
    if (options.json) {
      emitJson(
        replicas.map(({ replica, kind, state, restarts, thread, utilisation }) => ({
          replica,
          kind,
          state,
          restarts,
          thread,
          utilisation,
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
      ...(shared ? [one.thread] : []),
    ])
    const head = ['replica', 'kind', 'state', 'restarts', 'busy', ...(shared ? ['thread'] : [])]
    process.stdout.write(`${table([head, ...rows], colourOn(process.stdout))}\n`)
  })
}
