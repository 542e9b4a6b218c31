import { writeFileSync } from 'node:fs'
import { extname } from 'node:path'
import { Command, Option } from 'commander'
import type { Analysis } from '../graph/index.ts'
import { ArchlabError } from '../kit/index.ts'
import { colourOn, EXIT, emitJson } from './output.ts'
import { readTopology, type TopologyOptions, withTopology } from './topology-options.ts'

const FORMATS = ['svg', 'mermaid', 'text'] as const
type Format = (typeof FORMATS)[number]

const EXTENSIONS: Readonly<Record<string, Format>> = {
  '.svg': 'svg',
  '.mmd': 'mermaid',
  '.mermaid': 'mermaid',
  '.txt': 'text',
}

interface GraphOptions extends TopologyOptions {
  format?: Format
  output?: string
  strict?: true
}

/** `archlab graph`: the topology as a picture and in figures, with advice about its shape. */
export function graphCommand(): Command {
  const command = new Command('graph')
    .description('the topology as a picture (SVG, Mermaid) and in figures, with a lint of its shape')
    .addOption(new Option('--format <format>', 'what to make; by default what --output ends in').choices(FORMATS))
    .option('-o, --output <file>', 'write it to a file: .svg, .mmd or .txt')
    .option('--strict', 'exit with 1 when there is a warning')
  return withTopology(command).action(async (options: GraphOptions) => {
    const format = formatOf(options)
    const topology = await readTopology(options)
    if (!topology) return
    // Loaded here, so that the other commands start without the layout library.
    const { analyse } = await import('../graph/index.ts')
    const analysis = await analyse(topology)
    const text = await rendered(analysis, format, options)
    if (options.output !== undefined) write(options.output, text)
    if (options.json) emitJson(jsonOf(analysis, options.file))
    else if (options.output === undefined) process.stdout.write(text)
    await judge(analysis, options, format)
  })
}

function formatOf({ format, output, json }: GraphOptions): Format {
  if (output === undefined) {
    if (format !== undefined && json) {
      const hint = 'give the format a file: --output FILE'
      throw new ArchlabError('CLI_USAGE', `--json and --format ${format} cannot both go to stdout`, { hint })
    }
    return format ?? 'text'
  }
  const implied = format ?? EXTENSIONS[extname(output).toLowerCase()]
  if (implied) return implied
  const hint = `name it with ${Object.keys(EXTENSIONS).join(', ')}, or give --format`
  throw new ArchlabError('CLI_USAGE', `"${output}" does not tell what to write`, { hint })
}

async function rendered(analysis: Analysis, format: Format, options: GraphOptions): Promise<string> {
  const { mermaidOf, svgOf } = await import('../graph/index.ts')
  if (format === 'svg') return svgOf(analysis.graph, analysis.figures) ?? tooTangled()
  if (format === 'mermaid') return mermaidOf(analysis.graph)
  const { analysisText } = await import('./graph-text.ts')
  const colour = options.output === undefined && colourOn(process.stdout)
  const text = analysisText(analysis, options.file, colour)
  const hint = `Pictures: archlab graph --output ${analysis.graph.name}.svg, or archlab graph --format mermaid`
  return options.output === undefined ? `${text}\n\n${hint}\n` : `${text}\n`
}

function tooTangled(): never {
  const hint = 'take --format mermaid, or the figures: --format text'
  throw new ArchlabError('CLI_USAGE', 'there are too many lines in this topology for a picture', { hint })
}

function write(file: string, text: string): void {
  try {
    writeFileSync(file, text)
  } catch (error) {
    throw new ArchlabError('CLI_USAGE', `cannot write ${file}: ${(error as Error).message}`, { cause: error })
  }
}

function jsonOf(analysis: Analysis, file: string): Record<string, unknown> {
  const { graph, ...others } = analysis
  return { file, ...graph, ...others }
}

/** Tells on stderr what stdout does not show: the file, and that there are findings. `--strict` makes warnings fail. */
async function judge({ findings }: Analysis, options: GraphOptions, format: Format): Promise<void> {
  const { countText, findingsText } = await import('./graph-text.ts')
  const warnings = findings.filter(one => one.severity === 'warning')
  const failed = options.strict === true && warnings.length > 0
  if (failed) process.exitCode = EXIT.notMet
  const told = findings.length === 0 ? 'no findings' : `${countText(findings)}: see archlab graph`
  if (options.output !== undefined) process.stderr.write(`wrote ${options.output}; ${told}\n`)
  const seen = options.json || (format === 'text' && options.output === undefined)
  if (failed && !seen) process.stderr.write(`${findingsText(warnings, colourOn(process.stderr))}\n`)
}
