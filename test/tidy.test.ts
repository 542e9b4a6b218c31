import assert from 'node:assert/strict'
import { test } from 'node:test'
import { components } from '@archlab/components/catalog'
import { tactics } from '@archlab/tactics/catalog'
import { LAYERS, type Layer } from './layers.ts'
import {
  type Import,
  isOurPackage,
  isRelative,
  libraryOf,
  lineAt,
  none,
  packageOf,
  resolveImport,
  type SourceFile,
  sourceFiles,
} from './source-files.ts'

/*
 * The structure of the repository as tests, because prose does not hold. A failure lists file:line of every offence. A
 * rule that stands in the way of something better is changed here, in the open.
 */

const FILES = sourceFiles()
// The peers of the benchmarks are a package of their own, written in the ways of their frameworks.
const OURS = FILES.filter(file => !file.path.startsWith('bench/peers/'))
const PRODUCT = OURS.filter(file => !file.test)

// ---- what may import what ------------------------------------------------------------------------------------------

/** What tests may import beside what the files they test may. */
const TEST_DOORS = [
  '@archlab/runtime/testing',
  '@archlab/runtime/whole-lab',
  '@archlab/components/catalog',
  '@archlab/tactics/catalog',
]

const within = (path: string, places: readonly string[] = []): boolean =>
  places.some(place => (place.endsWith('/') ? path.startsWith(place) : path === place))

/** What is wrong with an import of a file of a runtime layer; `undefined` when nothing is. */
function layerOffence(file: SourceFile, one: Import, name: string, layer: Layer): string | undefined {
  const { specifier } = one
  const library = libraryOf(specifier)
  if (specifier.startsWith('node:')) return undefined
  if (file.test && (TEST_DOORS.includes(specifier) || library === 'fast-check')) return undefined
  if (isOurPackage(specifier)) return 'the core imports no package of the workspace'
  if (!isRelative(specifier)) {
    const types = one.typeOnly && name === 'runtime/kit/' && library === 'typebox'
    return types || layer.external.includes(library) ? undefined : `${name} may not import it`
  }
  const target = resolveImport(file.path, specifier)
  if (within(target, [name, ...layer.from])) return undefined
  if (file.test && within(target, ['runtime/testing/'])) return undefined
  if (within(target, layer.types)) return one.typeOnly ? undefined : 'types only'
  return `${name} may not import it`
}

/** Offences as lines, one per import that `judge` objects to. */
function importOffences(files: readonly SourceFile[], judge: (file: SourceFile, one: Import) => string | undefined) {
  return files.flatMap(file =>
    file.imports.flatMap(one => {
      const objection = judge(file, one)
      return objection === undefined ? [] : [`${file.path}:${one.line}  ${one.specifier}  (${objection})`]
    }),
  )
}

for (const [name, layer] of Object.entries(LAYERS)) {
  test(`${name} imports only what its layer may`, () => {
    const files = OURS.filter(file => within(file.path, [name]))
    assert.ok(files.length > 0, `no file in ${name}`)
    none(
      importOffences(files, (file, one) => layerOffence(file, one, name, layer)),
      `${name} imports too much`,
    )
  })
}

/** Plain JavaScript that runs before any TypeScript can. */
const LAUNCHER = ['runtime/archlab.js', 'runtime/strip-cache.js']

test('every file of the runtime belongs to a layer, the command line, the testing kit or the launcher', () => {
  const places = [...Object.keys(LAYERS), 'runtime/cli/', 'runtime/testing/', ...LAUNCHER]
  const strays = PRODUCT.filter(file => packageOf(file.path) === 'runtime' && !within(file.path, places))
  none(
    strays.map(file => `${file.path}:1`),
    'files outside every layer',
  )
})

const STARTED_BY_URL = [
  { starter: 'runtime/supervisor/', program: 'runtime/host/main.ts' },
  { starter: 'runtime/host/', program: 'runtime/replica/main.ts' },
  { starter: 'runtime/cli/', program: 'runtime/inline/main.ts' },
]

test('host and replica are programs: started by URL, imported by nobody', () => {
  for (const { starter, program } of STARTED_BY_URL) {
    const starts = PRODUCT.filter(file =>
      [...file.code.matchAll(/new URL\(\s*'([^']+)',\s*import\.meta\.url/g)].some(
        match => resolveImport(file.path, match[1]!) === program,
      ),
    )
    assert.ok(starts.length > 0, `nobody starts ${program}`)
    none(
      starts.filter(file => !file.path.startsWith(starter)).map(file => `${file.path}:1`),
      `${program} is started`,
    )
  }
  const programs = STARTED_BY_URL.map(one => one.program)
  const judge = (file: SourceFile, one: Import): string | undefined =>
    isRelative(one.specifier) && programs.includes(resolveImport(file.path, one.specifier)) ? 'a program' : undefined
  none(importOffences(PRODUCT, judge), 'programs are imported')
})

test('components and tactics import the kit, their own folder and libraries, never each other', () => {
  const judge = (file: SourceFile, one: Import): string | undefined => {
    const [workspace, folder, inFolder] = file.path.split('/')
    if (isOurPackage(one.specifier)) {
      const allowed = one.specifier === '@archlab/runtime/kit' || (file.test && TEST_DOORS.includes(one.specifier))
      return allowed ? undefined : 'only through @archlab/runtime/kit'
    }
    if (!isRelative(one.specifier)) return undefined
    const target = resolveImport(file.path, one.specifier)
    const own = inFolder === undefined ? `${workspace}/` : `${workspace}/${folder}/`
    return target.startsWith(own) ? undefined : 'a sibling, or another package'
  }
  none(
    importOffences(
      OURS.filter(file => /^(components|tactics)\//.test(file.path)),
      judge,
    ),
    'modules reach too far',
  )
})

test('bench knows the workspace only through its doors', () => {
  const judge = (file: SourceFile, one: Import): string | undefined => {
    if (isOurPackage(one.specifier)) {
      const allowed =
        one.specifier.startsWith('@archlab/runtime/') ||
        one.specifier === '@archlab/components/catalog' ||
        one.specifier === '@archlab/tactics/catalog'
      return allowed ? undefined : 'not a door'
    }
    if (!isRelative(one.specifier)) return undefined
    return resolveImport(file.path, one.specifier).startsWith('bench/') ? undefined : 'outside bench'
  }
  none(
    importOffences(
      OURS.filter(file => file.path.startsWith('bench/')),
      judge,
    ),
    'bench goes round the doors',
  )
})

test('tests of the whole lab import doors and what lies beside them', () => {
  const judge = (file: SourceFile, one: Import): string | undefined => {
    if (isOurPackage(one.specifier)) {
      const allowed = one.specifier.startsWith('@archlab/runtime/') || TEST_DOORS.includes(one.specifier)
      return allowed ? undefined : 'not a door'
    }
    if (!isRelative(one.specifier)) return undefined
    return resolveImport(file.path, one.specifier).startsWith('test/') ? undefined : 'round the doors'
  }
  none(
    importOffences(
      OURS.filter(file => file.path.startsWith('test/')),
      judge,
    ),
    'tests go round the doors',
  )
})

// ---- circles ------------------------------------------------------------------------------------------------------

test('no file of a package imports itself round a circle', () => {
  const edges = new Map<string, Import[]>(PRODUCT.map(file => [file.path, [...file.imports]]))
  const done = new Set<string>()
  const offences: string[] = []
  const visit = (path: string, trail: readonly string[]): void => {
    if (done.has(path)) return
    for (const one of edges.get(path) ?? []) {
      if (!isRelative(one.specifier)) continue
      const target = resolveImport(path, one.specifier)
      const from = [...trail, path].indexOf(target)
      if (from >= 0) offences.push(`${path}:${one.line}  ${[...trail, path].slice(from).join(' → ')} → ${target}`)
      else visit(target, [...trail, path])
    }
    done.add(path)
  }
  for (const path of edges.keys()) visit(path, [])
  none(offences, 'circles of imports')
})

// ---- the core knows no kind and no tactic --------------------------------------------------------------------------

/** Names of tactics that are also settings of every link, which the core has to know. */
const LINK_SETTINGS = ['timeout']
/** Names of kinds and tactics that are also words of a workload, or of what is done to a lab, where these are read. */
const OWN_WORDS = [
  { place: 'runtime/topology/workload/', names: ['login'] },
  // A time counted from the send, not the kind.
  { place: 'runtime/topology/scenario/', names: ['fault', 'service'] },
  { place: 'runtime/topology/scenario-spec.ts', names: ['service'] },
  { place: 'runtime/topology/environment-spec.ts', names: ['fault'] },
  { place: 'runtime/protocol/', names: ['fault'] },
  { place: 'runtime/replica/', names: ['fault'] },
  { place: 'runtime/supervisor/operations/', names: ['fault'] },
]

test('no file of the core names a kind or a tactic', () => {
  const modules = [...Object.keys(components), ...Object.keys(tactics)]
  const names = new Set(modules.filter(name => !LINK_SETTINGS.includes(name)))
  const core = PRODUCT.filter(file => file.path.startsWith('runtime/') && !file.path.startsWith('runtime/cli/'))
  const allowed = (file: SourceFile, name: string): boolean =>
    OWN_WORDS.some(({ place, names: own }) => within(file.path, [place]) && own.includes(name))
  const offences = core.flatMap(file =>
    file.strings
      .filter(({ value }) => names.has(value) && !allowed(file, value))
      .map(one => `${file.path}:${one.line}  '${one.value}'`),
  )
  none(offences, 'the core would have to change with a kind or a tactic')
})

// ---- tidiness ------------------------------------------------------------------------------------------------------

/** Lines of `text` in which `pattern` occurs. */
function hits(file: SourceFile, text: string, pattern: RegExp): string[] {
  const lines = file.text.split('\n')
  return [...text.matchAll(pattern)].map(match => {
    const line = lineAt(text, match.index)
    return `${file.path}:${line}  ${lines[line - 1]!.trim().slice(0, 100)}`
  })
}

test('nothing is left to do in a comment', () => {
  // The marks are put together here so that this file does not find itself.
  const marks = new RegExp(`\\b(?:${['TO', 'DO'].join('')}|${['FIX', 'ME'].join('')}|${'X'.repeat(3)})\\b`, 'g')
  none(
    FILES.flatMap(file => hits(file, file.text, marks)),
    'things left to do',
  )
})

test('no test runs alone, and none is skipped without a reason', () => {
  const tests = OURS.filter(file => file.test)
  const alone = /\b(?:test|it|describe|suite|t)\.(?:only|todo)\(|\bonly:\s*true|\btodo:/g
  const unreasoned = /\b(?:test|it|describe|suite)\.skip\(|\bt\.skip\((?!\s*['"`])\s*\)|\bskip:\s*true\b/g
  const offences = tests.flatMap(file => [alone, unreasoned].flatMap(pattern => hits(file, file.code, pattern)))
  none(offences, 'tests that run alone, do not run, or are skipped without a reason')
})

const LINES_MAX = 350

test(`no file is longer than ${LINES_MAX} lines`, () => {
  const long = FILES.map(file => ({ path: file.path, lines: file.text.trimEnd().split('\n').length }))
    .filter(file => file.lines > LINES_MAX)
    .map(file => `${file.path}:${file.lines}`)
  none(long, 'files that are too long')
})

test('only commands write to the console', () => {
  const files = PRODUCT.filter(file => !/^(runtime\/cli|bench)\//.test(file.path) && !LAUNCHER.includes(file.path))
  none(
    files.flatMap(file => hits(file, file.code, /\bconsole\.\w+/g)),
    'files that write to the console',
  )
})

test('every function, class and interface that the kit exports says what it is', () => {
  const kit = PRODUCT.filter(file => file.path.startsWith('runtime/kit/'))
  const offences = kit.flatMap(file => {
    const lines = file.text.split('\n')
    return lines.flatMap((line, at) => {
      const documented = lines[at - 1]?.trim().endsWith('*/')
      const declares = /^export (?:async |abstract )*(?:function|class|interface|type|const)\b/.test(line)
      return declares && !documented ? [`${file.path}:${at + 1}  ${line.slice(0, 80)}`] : []
    })
  })
  none(offences, 'exports without a docstring')
})

test('imports across files end in their extension and lead to a file', () => {
  const known = new Set(FILES.map(file => file.path))
  const judge = (file: SourceFile, one: Import): string | undefined => {
    if (!isRelative(one.specifier)) return undefined
    return known.has(resolveImport(file.path, one.specifier)) ? undefined : 'no such file'
  }
  none(importOffences(OURS, judge), 'imports that lead nowhere')
})
