import { Command } from 'commander'
import { ArchlabError } from '../kit/index.ts'
import { didYouMean, effectiveChains, effectiveText, explainJson, explainText, redact } from '../topology/index.ts'
import { colourOn, emitJson, fail } from './output.ts'
import { catalogs, readTopology, type TopologyOptions, withTopology } from './topology-options.ts'

interface ExplainOptions extends TopologyOptions {
  effective?: true
}

/** `archlab explain`: the catalogue, or one kind, tactic or policy in full; or the chains that act in a topology. */
export function explainCommand(): Command {
  const command = new Command('explain')
    .description('what a kind, a tactic or a policy does: settings, units, defaults, an example')
    .argument('[name]', 'a kind, tactic, policy or topic; without it the catalogue. With --effective a component')
    .option('--effective', 'what requests pass in the topology, in order, with every default that acts')
  return withTopology(command).action(async (name: string | undefined, options: ExplainOptions) => {
    if (options.effective) await effective(name, options)
    else await explain(name, options)
  })
}

async function explain(name: string | undefined, options: ExplainOptions): Promise<void> {
  const { result, problems } = options.json
    ? await explainJson(catalogs, name)
    : await explainText(catalogs, name, { colour: colourOn(process.stdout) })
  for (const { code, message, hint } of problems) fail(new ArchlabError(code, message, { hint }))
  if (result === null) return
  if (options.json) emitJson(result)
  else process.stdout.write(`${result}\n`)
}

async function effective(name: string | undefined, options: ExplainOptions): Promise<void> {
  const topology = await readTopology(options)
  if (!topology) return
  const all = effectiveChains(redact(topology))
  const chains = name === undefined ? all : all.filter(({ component }) => component === name)
  if (chains.length === 0) {
    const hint = didYouMean(
      name ?? '',
      all.map(({ component }) => component),
    )
    throw new ArchlabError('TOPOLOGY_UNKNOWN_COMPONENT', `no component is called "${name}"`, { hint })
  }
  if (options.json) emitJson(chains)
  else process.stdout.write(`${effectiveText(chains, colourOn(process.stdout))}\n`)
}
