import type { CODES } from './codes.ts'

/** A stable name for what went wrong; the table is `codes.ts`. */
export type Code = keyof typeof CODES

/** A place in a file; lines and columns count from 1. */
export interface Where {
  file: string
  line: number
  column: number
  /** Dotted path of the value, e.g. `components.gateway.port`. */
  path: string
}

/** Something the user got wrong, or the machine refused: with a code, a place where there is one, and a hint. */
export class ArchlabError extends Error {
  override readonly name = 'ArchlabError'
  readonly code: Code
  readonly where: Where | undefined
  readonly hint: string | undefined

  constructor(
    code: Code,
    message: string,
    options: { where?: Where | undefined; hint?: string | undefined; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause })
    this.code = code
    this.where = options.where
    this.hint = options.hint
  }
}

/** An error as plain data; cloning an Error across threads would drop name, code and class. */
export interface WireError {
  code: string | undefined
  message: string
  hint: string | undefined
  stack: string | undefined
}

/** Any thrown value as plain data; itself never throws. */
export function toWire(error: unknown): WireError {
  if (!(error instanceof Error)) return { code: undefined, message: textOf(error), hint: undefined, stack: undefined }
  const { code, hint, stack } = error as { code?: unknown; hint?: unknown; stack?: unknown }
  return {
    code: typeof code === 'string' ? code : undefined,
    message: textOf(error.message),
    hint: typeof hint === 'string' ? hint : undefined,
    stack: typeof stack === 'string' ? stack : undefined,
  }
}

/** `String(value)`, which itself throws for objects that cannot be turned into text. */
function textOf(value: unknown): string {
  try {
    return String(value)
  } catch {
    return Object.prototype.toString.call(value)
  }
}

/** The error a `WireError` described. */
export function fromWire(wire: WireError): Error {
  const error = wire.code
    ? new ArchlabError(wire.code as Code, wire.message, { hint: wire.hint })
    : new Error(wire.message)
  if (wire.stack !== undefined) error.stack = wire.stack
  return error
}
