import { Command } from 'commander'
import { ArchlabError } from '../kit/index.ts'
import { explainJson, explainText } from '../topology/index.ts'
import { colourOn, emitJson, fail } from './output.ts'
import { catalogs } from './topology-options.ts'

/** `archlab explain`: the catalogue, or one kind or tactic in full. */
export function explainCommand(): Command {
  return new Command('explain')
    .description('what a kind of component or a tactic does: settings, units, defaults, an example')
    .argument('[name]', 'a kind or a tactic; without it the catalogue')
    .option('--json', 'machine-readable output')
    .action(async (name: string | undefined, options: { json?: true }) => {
      const { result, problems } = options.json
        ? await explainJson(catalogs, name)
        : await explainText(catalogs, name, { colour: colourOn(process.stdout) })
      for (const { code, message, hint } of problems) fail(new ArchlabError(code, message, { hint }))
      if (result === null) return
      if (options.json) emitJson(result)
      else process.stdout.write(`${result}\n`)
    })
}
