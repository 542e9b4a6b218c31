import { lstatSync, readlinkSync } from 'node:fs'
import { basename, dirname, join, parse, resolve, sep } from 'node:path'

/** Links that are followed at most, as the system does. */
const LINKS_MAX = 40

/**
 * The entries of folders on which it depends what a path leads to, as folder and name: the file's own, and those of all symbolic
 * links on the way to it, be they files or folders. The last one is the file itself.
 */
export function placesOf(path: string): { readonly folder: string; readonly name: string }[] {
  const places: { folder: string; name: string }[] = []
  let rest = resolve(path)
  for (let links = 0; links <= LINKS_MAX; links++) {
    const link = firstLink(rest)
    if (link === null) break
    places.push({ folder: dirname(link), name: basename(link) })
    rest = resolve(dirname(link), readlinkSync(link), rest.slice(link.length + 1))
  }
  places.push({ folder: dirname(rest), name: basename(rest) })
  return places
}

/** The first part of a path that is a symbolic link. */
function firstLink(path: string): string | null {
  const { root } = parse(path)
  let part = root
  for (const name of path.slice(root.length).split(sep)) {
    part = join(part, name)
    try {
      if (lstatSync(part).isSymbolicLink()) return part
    } catch {
      // What is not there at the moment may come back.
      return null
    }
  }
  return null
}
