/** Patches as `--set` takes them: JSON is YAML, but the word that removes must stand alone. */
export const patchTexts = (patches: Readonly<Record<string, unknown>>): string[] =>
  Object.entries(patches).map(([path, value]) => `${path}=${value === 'off' ? 'off' : JSON.stringify(value)}`)

/**
 * The same patches without those that a later one of the same path makes void: a lab that is edited all day must not get slower
 * with every edit. One that a patch in between may build on stays.
 */
export function compacted(patches: readonly string[]): string[] {
  const paths = patches.map(pathOf)
  return patches.filter((_, index) => {
    const path = paths[index]!
    const again = paths.indexOf(path, index + 1)
    if (again < 0) return true
    return paths.slice(index + 1, again).some(other => other.includes('*') || other.startsWith(`${path}.`))
  })
}

const pathOf = (patch: string): string => patch.slice(0, Math.max(0, patch.indexOf('=')))
