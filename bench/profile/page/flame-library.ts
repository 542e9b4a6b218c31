import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The parts of d3 that the flame graph is made with, each after those it needs. */
const PARTS = [
  'internmap',
  'd3-array',
  'd3-color',
  'd3-dispatch',
  'd3-ease',
  'd3-format',
  'd3-hierarchy',
  'd3-interpolate',
  'd3-time',
  'd3-time-format',
  'd3-scale',
  'd3-selection',
  'd3-timer',
  'd3-transition',
]

const DOOR = import.meta.resolve('d3-flame-graph')
// The parts are the library's dependencies, not ours: they are looked for from where it lies.
const fromLibrary = createRequire(DOOR)

/** d3-flame-graph (M. Spier) and its parts of d3 (M. Bostock), from the installed packages: a script that defines `flamegraph` and `d3`. */
export function flameLibrary(): string {
  const parts = PARTS.map(name => read(name, fromLibrary.resolve(name), `dist/${name}.min.js`))
  return [...parts, read('d3-flame-graph', fileURLToPath(DOOR), 'dist/d3-flamegraph.umd.min.js')].join('\n;\n')
}

/** A file of a library whose door is known; the door lies anywhere below its folder. */
function read(library: string, door: string, file: string): string {
  const folder = join('node_modules', library, '/')
  return readFileSync(door.slice(0, door.lastIndexOf(folder) + folder.length) + file, 'utf8')
}
