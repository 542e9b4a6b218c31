import { styleText } from 'node:util'
import { ArchlabError } from '../kit/index.ts'

/** Exit codes of every command. */
export const EXIT = {
  done: 0,
  /** An expectation or threshold was not met. */
  notMet: 1,
  /** Wrong usage, or an invalid topology. */
  usage: 2,
  /** The measurement itself is invalid. */
  invalid: 3,
  /** The lab failed. */
  failed: 4,
} as const

/** True when text for people may be coloured on this stream. */
export function colourOn(stream: NodeJS.WriteStream): boolean {
  return stream.isTTY === true && (process.env.NO_COLOR ?? '') === '' && process.env.TERM !== 'dumb'
}

type Style = Parameters<typeof styleText>[0]

/** Text in a style, plain where colour is off. */
export function paint(style: Style, text: string, colour: boolean): string {
  return colour ? styleText(style, text, { validateStream: false }) : text
}

/** Lines of aligned columns; the first row is the head. Text may hold no line breaks. */
export function table(rows: readonly (readonly string[])[], colour: boolean): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map(row => row[column]!.length)))
  return rows
    .map((row, at) => {
      const line = row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd()
      return `  ${at === 0 ? paint('dim', line, colour) : line}`
    })
    .join('\n')
}

/** One JSON value per line on stdout. */
export function emitJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`)
}

function exitCodeOf({ code }: ArchlabError): number {
  if (code === 'LAB_LOGIN_REFUSED') return EXIT.notMet
  if (code === 'LOAD_GENERATOR_FAILED') return EXIT.invalid
  if (code === 'OPERATION_FAILED') return EXIT.failed
  return /^(TOPOLOGY|CLI|IMPORT|OPERATION|SESSION)_/.test(code) ? EXIT.usage : EXIT.failed
}

/** Says on stderr what went wrong, and sets the exit code: wrong usage and invalid files 2, nearly everything else 4. */
export function fail(error: unknown): void {
  const colour = colourOn(process.stderr)
  if (error instanceof ArchlabError) {
    process.stderr.write(`${paint('red', 'error', colour)} ${error.code}  ${error.message}\n`)
    if (error.hint !== undefined) process.stderr.write(`  hint: ${error.hint}\n`)
    process.exitCode = exitCodeOf(error)
    return
  }
  process.stderr.write(`${paint('red', 'error', colour)} ${error instanceof Error ? error.stack : String(error)}\n`)
  process.exitCode = EXIT.failed
}
