import type { Code } from '../kit/index.ts'
import { Problems } from '../topology/problems.ts'
import type { Span } from '../topology/source.ts'

/** Codes that the shared parser and the shared search for cycles give, and what they are called of a foreign file. */
const CODES: Partial<Record<Code, Code>> = {
  TOPOLOGY_EMPTY: 'IMPORT_SYNTAX',
  TOPOLOGY_SYNTAX: 'IMPORT_SYNTAX',
  TOPOLOGY_TAB: 'IMPORT_SYNTAX',
  TOPOLOGY_BAD_ALIAS: 'IMPORT_SYNTAX',
  TOPOLOGY_TOO_COMPLEX: 'IMPORT_SYNTAX',
  TOPOLOGY_WRONG_TYPE: 'IMPORT_WRONG_TYPE',
  TOPOLOGY_BAD_NAME: 'IMPORT_BAD_NAME',
  TOPOLOGY_DUPLICATE_KEY: 'IMPORT_DUPLICATE',
  TOPOLOGY_LINK_CYCLE: 'IMPORT_CYCLE',
}

/** Hints that speak of topologies, and what to say of a foreign file. */
const HINTS: Partial<Record<Code, string>> = {
  TOPOLOGY_EMPTY: 'is this the right file?',
  TOPOLOGY_LINK_CYCLE: 'a lab can only be built where calls come to an end; remove one of these calls',
}

/** The problems of a foreign file. Takes problems of the topology's parser under codes of its own. */
export class ImportProblems extends Problems {
  override error(code: Code, span: Span | null, path: string, message: string, hint?: string): void {
    super.error(CODES[code] ?? code, span, path, message, HINTS[code] ?? hint)
  }

  override warning(code: Code, span: Span | null, path: string, message: string, hint?: string): void {
    super.warning(CODES[code] ?? code, span, path, message, HINTS[code] ?? hint)
  }
}
