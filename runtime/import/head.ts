import { basename } from 'node:path'
import { visible } from '../topology/format.ts'
import { FORMATS, type ImportResult } from './import-graph.ts'
import type { Note } from './notes.ts'

/** Most notes that the top of an imported file repeats. */
export const NOTES_MAX = 30

/** A note on one line: place, path, and what it says; without control characters. */
export function noteText({ path, line, column, message, times }: Note, file?: string): string {
  const place = `${file === undefined ? '' : `${file}:`}${line}:${column}`
  return visible(`${place}  ${path === '' ? '' : `${path}: `}${message}${times > 1 ? ` (${times} places)` : ''}`)
}

/** The comment at the top of an imported topology: where it comes from, how to run it, what is missing. */
export function headLines(result: ImportResult, from: string, to: string): string[] {
  const format = result.format === null ? 'a file' : FORMATS[result.format]
  const shown = result.notes.slice(0, NOTES_MAX)
  const more = result.notes.length - shown.length
  return [
    `Imported from ${basename(from)}, ${format}.`,
    `  npx archlab up -f ${basename(to)}`,
    ...(shown.length > 0 ? ['Not carried over, or only nearly (line:column of the source):'] : []),
    ...shown.map(note => `  ${noteText(note)}`),
    ...(more > 0 ? [`  and ${more} more`] : []),
  ]
}
