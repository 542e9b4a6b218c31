import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Command } from 'commander'
import { schemaText } from '../topology/index.ts'
import { catalogs } from './topology-options.ts'

const FILE = fileURLToPath(new URL('../topology/topology.schema.json', import.meta.url))

/** `archlab schema`: the JSON Schema of topology files, for editors. */
export function schemaCommand(): Command {
  return new Command('schema')
    .description('print the JSON Schema of topology files, for editors')
    .option('--write', 'write it to the file that topologies refer to')
    .action(async (options: { write?: true }) => {
      const text = await schemaText(catalogs)
      if (options.write) {
        writeFileSync(FILE, text)
        process.stderr.write(`wrote ${FILE}\n`)
      } else process.stdout.write(text)
    })
}
