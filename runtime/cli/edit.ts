import { resolve } from 'node:path'
import { Command, InvalidArgumentError } from 'commander'
import type { EditPlan } from '../supervisor/index.ts'
import { type ControlOptions, fetchDiff, postChange, withControl } from './control-client.ts'
import { editText } from './edit-text.ts'
import { colourOn, EXIT, emitJson } from './output.ts'

/** `archlab set`: patches the topology of the running lab. */
export function setCommand(): Command {
  const command = new Command('set')
    .description('change the running lab by patches of its topology')
    .argument('<path=value...>', 'as --set takes them, e.g. components.gateway.replicas=4')
  return withControl(command).action((set: string[], options: ControlOptions) => change(options, { set }))
}

/** `archlab apply`: makes the running lab what another file says. */
export function applyCommand(): Command {
  const command = new Command('apply')
    .description('make the running lab what a topology file says')
    .argument('<file>', 'the topology file')
  return withControl(command).action((file: string, options: ControlOptions) =>
    change(options, { file: resolve(file) }),
  )
}

/** `archlab scale`: changes how many replicas a component has. */
export function scaleCommand(): Command {
  const command = new Command('scale')
    .description('change how many replicas components of the running lab have')
    .argument('<component=replicas...>', 'e.g. gateway=4', scaling)
  return withControl(command).action((set: string[], options: ControlOptions) => change(options, { set }))
}

/** `archlab diff`: how the file of the running lab differs from what runs. Exit code 1 when it does. */
export function diffCommand(): Command {
  const command = new Command('diff').description('how the topology file as it is now differs from what runs')
  return withControl(command).action(async (options: ControlOptions) => {
    const plan = await fetchDiff(options)
    show(plan, options)
    if (plan.differences.length > 0) process.exitCode = EXIT.notMet
  })
}

function scaling(text: string, before: string[] = []): string[] {
  const [, component, replicas] = /^([a-z0-9-]+)=(\d+)$/.exec(text) ?? []
  if (component === undefined) throw new InvalidArgumentError('Write component=replicas, e.g. gateway=4.')
  return [...before, `components.${component}.replicas=${replicas}`]
}

async function change(options: ControlOptions, what: Readonly<Record<string, unknown>>): Promise<void> {
  show(await postChange<EditPlan>(options, '/topology', what), options)
}

function show(plan: EditPlan, { json }: ControlOptions): void {
  if (json) emitJson(plan)
  else process.stdout.write(`${editText(plan, colourOn(process.stdout))}\n`)
}
