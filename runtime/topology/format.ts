import type { SourceText } from './load.ts'
import type { Problem } from './problems.ts'

const COLUMNS_MAX = 120

export interface FormatOptions {
  /** ANSI colours; for terminals only. */
  colour: boolean
}

/**
 * Problems for people: `file:line:column  CODE  path: message`, then the line with a caret under the value, then the
 * hint. Control characters of the file never reach the terminal.
 */
export function formatProblems(
  problems: readonly Problem[],
  sources: readonly SourceText[],
  options: FormatOptions = { colour: false },
): string {
  const paint = painter(options.colour)
  const lines = new Map(sources.map(({ name, text }) => [name, text.split(/\r?\n/)]))
  return problems.map(problem => formatOne(problem, lines, paint)).join('\n\n')
}

function formatOne(problem: Problem, lines: ReadonlyMap<string, string[]>, paint: Paint): string {
  const { where, severity, code } = problem
  const place = where ? `${paint.bold(visible(`${where.file}:${where.line}:${where.column}`))}  ` : ''
  const label = severity === 'error' ? paint.red(code) : `${paint.yellow(code)} (warning)`
  const path = where && where.path !== '' ? `${visible(where.path)}: ` : ''
  const parts = [`${place}${label}  ${path}${visible(problem.message)}`]
  const line = where ? lines.get(where.file)?.[where.line - 1] : undefined
  if (where && line !== undefined && line.trim() !== '') parts.push(...frame(where, line, problem.width, paint))
  if (problem.hint) parts.push(`  ${paint.cyan('hint:')} ${visible(problem.hint)}`)
  return parts.join('\n')
}

/** The source line and the caret line; long lines are cut around the caret. */
function frame(where: { line: number; column: number }, line: string, width: number, paint: Paint): string[] {
  const from = where.column > COLUMNS_MAX - 20 ? where.column - 40 : 0
  const shown = line.slice(from, from + COLUMNS_MAX)
  const lead = shown.slice(0, where.column - 1 - from).replace(/[^\t]/g, ' ')
  const length = Math.max(1, Math.min(width, shown.length - lead.length))
  const number = String(where.line).padStart(5)
  const cut = from > 0 ? '…' : ' '
  return [
    `${paint.dim(`${number} |`)}${cut}${visible(shown)}`,
    `${paint.dim('      |')} ${lead}${paint.red('^'.repeat(length))}`,
  ]
}

/** Problems for programs: what `--json` prints. */
export function problemsJson(problems: readonly Problem[]): object[] {
  return problems.map(({ code, severity, message, hint, where }) => ({
    code,
    severity,
    message,
    ...(hint === undefined ? {} : { hint }),
    ...(where ? { file: where.file, line: where.line, column: where.column, path: where.path } : {}),
  }))
}

/** Text without control characters (a tab may stay): a file must not be able to write to the terminal. */
export function visible(text: string): string {
  return text.replace(/[\x00-\x08\x0a-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/g, '?')
}

export interface Paint {
  bold(text: string): string
  dim(text: string): string
  red(text: string): string
  yellow(text: string): string
  cyan(text: string): string
}

/** Functions that colour text, or leave it alone. */
export function painter(colour: boolean): Paint {
  const code =
    (open: number, close: number) =>
    (text: string): string =>
      colour ? `\x1b[${open}m${text}\x1b[${close}m` : text
  return { bold: code(1, 22), dim: code(2, 22), red: code(31, 39), yellow: code(33, 39), cyan: code(36, 39) }
}
