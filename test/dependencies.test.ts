import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import {
  isOurPackage,
  isRelative,
  libraryOf,
  none,
  packageOf,
  ROOT,
  type SourceFile,
  sourceFiles,
} from './source-files.ts'
import { thirdParty, thirdPartyText } from './support/third-party.ts'

// The peers of the benchmarks are a package of their own, with libraries that users do not install.
const OURS = sourceFiles().filter(file => !file.path.startsWith('bench/peers/'))
const PRODUCT = OURS.filter(file => !file.test)
const PACKAGES = ['runtime', 'components', 'tactics', 'bench']

const isExternal = (specifier: string): boolean =>
  !specifier.startsWith('node:') && !isRelative(specifier) && !isOurPackage(specifier)

/** Libraries that more than one file of a package may import, with the reason. */
const SHARED_LIBRARIES: Readonly<Record<string, string>> = {
  'runtime commander': 'every command of the command line declares itself as a Command',
  'runtime typebox': 'the kit borrows one type for its settings; topology/ composes the schemas',
}

test('each external library is imported by one file of a package', () => {
  const importers = new Map<string, { file: string; line: number }[]>()
  for (const file of PRODUCT) {
    for (const one of file.imports.filter(found => isExternal(found.specifier))) {
      const key = `${packageOf(file.path)} ${libraryOf(one.specifier)}`
      const list = importers.get(key) ?? []
      if (!list.some(other => other.file === file.path)) list.push({ file: file.path, line: one.line })
      importers.set(key, list)
    }
  }
  const offences = [...importers].filter(([key, list]) => list.length > 1 && SHARED_LIBRARIES[key] === undefined)
  none(
    offences.flatMap(([key, list]) => list.map(one => `${one.file}:${one.line}  ${key}`)),
    'libraries with several importing files',
  )
  const stale = Object.keys(SHARED_LIBRARIES).filter(key => (importers.get(key)?.length ?? 0) < 2)
  none(stale, 'exceptions that nobody needs')
})

interface Manifest {
  dependencies?: Record<string, string>
  devDependencies?: Record<string, string>
}

const manifestOf = (folder: string): Manifest => JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8'))

// Kinds and tactics depend on the runtime; if it declared them in turn, the packages would depend on each other in a circle.
const joinsPackages = (file: SourceFile): boolean => file.test || file.path.startsWith('runtime/cli/')

test('every library that a package imports is declared in its package.json, for tests and bench at least in the root', () => {
  const development = Object.keys(manifestOf('.').devDependencies ?? {})
  const declared = new Map(PACKAGES.map(name => [name, Object.keys(manifestOf(name).dependencies ?? {})]))
  const offences = OURS.flatMap(file => {
    const own = declared.get(packageOf(file.path)) ?? []
    const allowed = file.test || packageOf(file.path) === 'bench' ? [...own, ...development] : own
    return file.imports
      .filter(one => !one.specifier.startsWith('node:') && !isRelative(one.specifier))
      .filter(one => !allowed.includes(libraryOf(one.specifier)))
      .filter(one => !(isOurPackage(one.specifier) && joinsPackages(file)))
      .map(one => `${file.path}:${one.line}  ${one.specifier}`)
  })
  none(offences, 'libraries that no package.json declares')
})

test('every library that a package declares is imported by it', () => {
  const offences = PACKAGES.flatMap(name => {
    const imported = new Set(
      OURS.filter(file => packageOf(file.path) === name).flatMap(file =>
        file.imports.map(one => libraryOf(one.specifier)),
      ),
    )
    return Object.keys(manifestOf(name).dependencies ?? {})
      .filter(library => !imported.has(library))
      .map(library => `${name}/package.json  ${library}`)
  })
  none(offences, 'libraries that nobody imports')
})

test('every dependency has an exact version', () => {
  for (const name of ['.', ...PACKAGES, 'bench/peers', 'bench/clinic']) {
    const { dependencies, devDependencies } = manifestOf(name)
    for (const [library, version] of Object.entries({ ...dependencies, ...devDependencies })) {
      assert.match(version, /^(npm:[\w-]+@)?\d+\.\d+\.\d+$/, `${name}: ${library}`)
    }
  }
})

/** Licences under which the lab can be given away as it is. */
const LICENCES = ['MIT', 'ISC', 'BSD-2-Clause', 'BSD-3-Clause', 'Apache-2.0', '0BSD']

test('what is installed to run the lab has a licence that allows it, and needs no install script', () => {
  const packages = thirdParty()
  assert.ok(packages.length > 20)
  none(
    packages.filter(({ license }) => !LICENCES.includes(license)).map(({ name, license }) => `${name}  ${license}`),
    'packages whose licence nobody has looked at',
  )
  // So `npm ci --omit=dev --ignore-scripts` is enough.
  none(
    packages.filter(({ hasInstallScript }) => hasInstallScript).map(({ name }) => name),
    'packages that run a script when they are installed',
  )
})

test('THIRD-PARTY.md lists what is installed; `npm run third-party` writes it', () => {
  assert.equal(readFileSync(join(ROOT, 'THIRD-PARTY.md'), 'utf8'), thirdPartyText())
})
