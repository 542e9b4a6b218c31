import { visible } from '../topology/format.ts'
import type { ComponentData, StepData, TopologyData } from './assemble.ts'

/** Columns that a step in flow style may take; longer ones are written on several lines. */
const WIDTH = 110

/**
 * A topology as YAML: one component after the other, each step on a line of its own where it fits. The same data give
 * the same text.
 * @param head lines of the comment at the top, without the mark; control characters do not get through
 */
export function yamlText(topology: TopologyData, head: readonly string[]): string {
  const lines = head.map(line => `# ${visible(line)}`.trimEnd())
  lines.push('', `name: ${scalar(topology.name)}`, 'components:')
  for (const [name, component] of Object.entries(topology.components)) {
    lines.push(`  ${scalar(name)}:`, ...componentLines(component).map(line => `    ${line}`))
  }
  return `${lines.join('\n')}\n`
}

function componentLines({ links, script, ...settings }: ComponentData): string[] {
  const lines = Object.entries(settings).map(([key, value]) => `${key}: ${flow(value)}`)
  if (links) {
    lines.push('links:')
    for (const [name, link] of Object.entries(links)) lines.push(`  ${scalar(name)}: ${flow(link)}`)
  }
  if (script?.length === 0) lines.push('script: []')
  else if (script) lines.push('script:', ...listLines(script).map(line => `  ${line}`))
  return lines
}

/** Items of a list, each after a hyphen. */
function listLines(items: readonly unknown[]): string[] {
  return items.flatMap(item => {
    const [first, ...rest] = valueLines(item)
    return [`- ${first}`, ...rest.map(line => `  ${line}`)]
  })
}

/** A value in flow style, on several lines only where it is too long. */
function valueLines(value: unknown): string[] {
  const short = flow(value)
  if (short.length <= WIDTH) return [short]
  if (Array.isArray(value)) return value.length > 0 ? listLines(value) : [short]
  if (typeof value !== 'object' || value === null) return [short]
  return Object.entries(value as StepData).flatMap(([key, member]) => {
    const lines = valueLines(member)
    // A mapping or list on one line may follow its key only in flow style.
    if (lines[0] === flow(member)) return [`${scalar(key)}: ${lines[0]}`]
    return [`${scalar(key)}:`, ...lines.map(line => `  ${line}`)]
  })
}

/** A value on one line. */
function flow(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? '[]' : `[ ${value.map(flow).join(', ')} ]`
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).map(([key, member]) => `${scalar(key)}: ${flow(member)}`)
    return members.length === 0 ? '{}' : `{ ${members.join(', ')} }`
  }
  return typeof value === 'string' ? scalar(value) : String(value)
}

/** Words that YAML 1.1 or 1.2 takes for something else than text. */
const NOT_TEXT = /^(?:null|true|false|yes|no|on|off|y|n)$/i
/** Text that means itself wherever it stands, also between brackets: no number, no mark of YAML. */
const PLAIN = /^(?!\d+$|\d+e\d+$|0[xo]\w*$)[A-Za-z0-9](?:[A-Za-z0-9 /.%_-]*[A-Za-z0-9/%_])?$/
const NUMBER = /^[\d._]+$|^[\d.]+e[-+]?\d+$/i

/** A text as a YAML scalar: plain where that is unmistakable, else in double quotes, which are those of JSON. */
function scalar(text: string): string {
  return PLAIN.test(text) && !NOT_TEXT.test(text) && !NUMBER.test(text) ? text : JSON.stringify(text)
}
