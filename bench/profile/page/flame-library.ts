import { readFileSync } from 'node:fs'
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

/** d3-flame-graph (M. Spier) and its parts of d3 (M. Bostock), from the installed packages: a script that defines `flamegraph` and `d3`. */
export function flameLibrary(): string {
  const part = (name: string): string => `dist/${name}.min.js`
  const texts = PARTS.map(name => read(name, part(name)))
  return [...texts, read('d3-flame-graph', 'dist/d3-flamegraph.umd.min.js')].join('\n;\n')
}

function read(library: string, file: string): string {
  // A library's door lies anywhere below its folder, and may be the only file of it that can be asked for by name.
  const door = fileURLToPath(import.meta.resolve(library))
  const folder = door.slice(0, door.lastIndexOf(`/node_modules/${library}/`) + `/node_modules/${library}/`.length)
  return readFileSync(`${folder}${file}`, 'utf8')
}
