import type { OwnSources } from './closure.ts'
import { withoutVersion } from './closure.ts'

/** What is made of modules of the user's. */
interface Made {
  readonly sources: OwnSources
}

/** True when one of the user's modules is to be replaced by another version of itself. */
export function isReload(before: Made, after: Made): boolean {
  const old = new Map(Object.keys(before.sources).map(url => [withoutVersion(url), url]))
  return Object.keys(after.sources).some(url => (old.get(withoutVersion(url)) ?? url) !== url)
}
