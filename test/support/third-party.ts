import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '../source-files.ts'

/** A package that `npm ci --omit=dev` installs, as package-lock.json has it. */
export interface LockedPackage {
  readonly name: string
  readonly version: string
  readonly license: string
  /** Not needed on every platform. */
  readonly optional: boolean
  readonly hasInstallScript: boolean
}

interface LockEntry {
  readonly version: string
  readonly license?: string
  readonly link?: true
  readonly dev?: true
  readonly optional?: true
  readonly devOptional?: true
  readonly hasInstallScript?: true
}

/** Every package of other people that the lab needs to run, by name. */
export function thirdParty(): LockedPackage[] {
  const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'))
  return Object.entries<LockEntry>(packages)
    .filter(([path, { link, dev }]) => path.includes('node_modules/') && !link && !dev)
    .map(([path, { version, license = 'none', optional = false, hasInstallScript = false }]) => ({
      name: path.replace(/^.*node_modules\//, ''),
      ...{ version, license, optional, hasInstallScript },
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** The content of THIRD-PARTY.md. */
export function thirdPartyText(): string {
  const rows = thirdParty().map(
    ({ name, version, license, optional }) =>
      `| ${name} | ${version} | ${license} | ${optional ? 'where it fits' : ''} |`,
  )
  return `# Third-party packages

What \`npm ci --omit=dev\` installs, with the licence that each package declares; written by \`npm run third-party\` from
package-lock.json. None of them needs an install script. Packages with "where it fits" are binaries for one platform, or are
used only when they are there. \`uWebSockets.js\` is the npm package \`uws-pack\`, under MIT; the binaries in it are those of
uWebSockets.js, under Apache-2.0.

| package | version | licence | installed |
| --- | --- | --- | --- |
${rows.join('\n')}
`
}
