import { open, writeFile } from 'node:fs/promises'
import { Command, InvalidArgumentError, Option } from 'commander'
import {
  FORMATS,
  type Format,
  headLines,
  type ImportResult,
  importGraph,
  noteText,
  type TopologyData,
  yamlText,
} from '../import/index.ts'
import { ArchlabError, parseDuration, UnitError } from '../kit/index.ts'
import { formatProblems, problemsJson } from '../topology/index.ts'
import { colourOn, EXIT, emitJson } from './output.ts'

/** The kind that services of other formats become. */
const KIND = 'service'
/** Largest file to import, in bytes. */
const FILE_BYTES_MAX = 16 * 1024 * 1024

interface ImportCommandOptions {
  format?: Format
  output?: string
  force?: true
  cpuWork: number
  json?: true
}

/** `archlab import`: makes a topology of a service graph of isotope, or of a work model of muBench. */
export function importCommand(): Command {
  const formats = Object.keys(FORMATS)
  return new Command('import')
    .description('make a topology of an isotope service graph or a muBench work model; say what is not carried over')
    .argument('<file>', 'the file to import')
    .addOption(new Option('--format <name>', 'its format; told from its content when left out').choices(formats))
    .option('-o, --output <file>', 'where to write the topology; stdout when left out')
    .option('--force', 'replace the output file when it exists')
    .option('--cpu-work <duration>', 'CPU time to put for 100 digits of π in a work model', cpuWork, 0.5)
    .option('--json', 'topology, notes and problems as JSON on stdout')
    .action(run)
}

async function run(file: string, options: ImportCommandOptions): Promise<void> {
  const { format, output, cpuWork: cpuWorkMs } = options
  const text = await readText(file)
  const result = importGraph(file, text, { kind: KIND, cpuWorkMs, ...(format ? { format } : {}) })
  const { topology, notes, problems } = result
  if (problems.length > 0) {
    const colour = colourOn(process.stderr)
    process.stderr.write(`${formatProblems(problems, [{ name: file, text }], { colour })}\n`)
  }
  if (topology && output !== undefined)
    await write(output, yaml(topology, result, file, output), options.force === true)
  if (notes.length > 0) process.stderr.write('not carried over, or only nearly:\n')
  for (const note of notes) process.stderr.write(`  ${noteText(note, file)}\n`)
  if (options.json) emitJson({ topology, notes, problems: problemsJson(problems) })
  else if (topology && output === undefined) process.stdout.write(yaml(topology, result, file, 'topology.yaml'))
  if (!topology) process.exitCode = EXIT.usage
  else if (output !== undefined) process.stderr.write(`wrote ${output}; npx archlab up -f ${output}\n`)
}

function yaml(topology: TopologyData, result: ImportResult, from: string, to: string): string {
  return yamlText(topology, headLines(result, from, to))
}

function cpuWork(text: string): number {
  try {
    return parseDuration(text)
  } catch (error) {
    if (error instanceof UnitError) throw new InvalidArgumentError(`${error.message}; ${error.hint}.`)
    throw error
  }
}

/** The file's text; throws an ArchlabError when there is none. */
async function readText(file: string): Promise<string> {
  const bytes = await readBytes(file).catch(error => {
    throw error instanceof ArchlabError ? error : unreadable(file, (error as Error).message)
  })
  if (bytes.length > FILE_BYTES_MAX) throw unreadable(file, `it is larger than ${FILE_BYTES_MAX / 1024 ** 2} MB`)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw unreadable(file, 'it is not UTF-8 text')
  }
}

/** At most one byte more than a file may have, also of what tells no size, such as a pipe. */
async function readBytes(file: string): Promise<Buffer> {
  const handle = await open(file, 'r')
  try {
    if ((await handle.stat()).isDirectory()) throw unreadable(file, 'it is a directory')
    const chunks: Buffer[] = []
    let length = 0
    for await (const chunk of handle.createReadStream({ autoClose: false, end: FILE_BYTES_MAX })) {
      chunks.push(chunk)
      length += chunk.length
    }
    return Buffer.concat(chunks, length)
  } finally {
    await handle.close()
  }
}

const unreadable = (file: string, why: string): ArchlabError =>
  new ArchlabError('IMPORT_UNREADABLE', `cannot read ${file}: ${why}`, { hint: 'is this the right file?' })

async function write(file: string, text: string, replace: boolean): Promise<void> {
  try {
    await writeFile(file, text, { flag: replace ? 'w' : 'wx' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') {
      throw new ArchlabError('IMPORT_OUTPUT_EXISTS', `${file} exists already`, {
        hint: 'name another, or say --force to replace it',
      })
    }
    throw new ArchlabError('IMPORT_OUTPUT_UNWRITABLE', `cannot write ${file}: ${(error as Error).message}`, {
      cause: error,
    })
  }
}
