import { Command } from 'commander'
import { formatProblems, loadTopology, problemsJson } from '../topology/index.ts'
import { colourOn, EXIT, emitJson } from './output.ts'
import { catalogs, type TopologyOptions, withTopology } from './topology-options.ts'

/** `archlab check`: validates a topology and prints every problem. */
export function checkCommand(): Command {
  const command = new Command('check').description(
    'validate the topology; print every problem with its place and a hint',
  )
  return withTopology(command).action(async (options: TopologyOptions) => {
    const { topology, problems, sources } = await loadTopology(options.file, {
      catalogs,
      set: options.set,
      env: process.env,
    })
    const colour = colourOn(process.stdout)
    if (options.json) emitJson({ valid: topology !== null, problems: problemsJson(problems) })
    else if (problems.length > 0) process.stdout.write(`${formatProblems(problems, sources, { colour })}\n`)
    if (topology === null) process.exitCode = EXIT.usage
    else if (!options.json) process.stdout.write(`${options.file}: ${summary(topology)}\n`)
  })
}

function summary(topology: { components: Readonly<Record<string, { replicas: number }>> }): string {
  const components = Object.values(topology.components)
  const replicas = components.reduce((sum, component) => sum + component.replicas, 0)
  return `valid, ${components.length} components, ${replicas} replicas`
}
