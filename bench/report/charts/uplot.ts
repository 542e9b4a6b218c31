import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The chart library as it goes into a page. */
export interface UplotAssets {
  readonly program: string
  readonly style: string
}

/** uPlot (L. Leeon) from the installed package: a script that defines `uPlot`, and its style sheet. */
export function uplotAssets(): UplotAssets {
  // The package's door is beside the files that a page takes.
  const folder = dirname(fileURLToPath(import.meta.resolve('uplot')))
  const read = (file: string): string => readFileSync(join(folder, file), 'utf8')
  return { program: read('uPlot.iife.min.js'), style: read('uPlot.min.css') }
}
