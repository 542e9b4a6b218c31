import { registerHooks, stripTypeScriptTypes } from 'node:module'
import { fileURLToPath } from 'node:url'
import type { OwnSource, OwnSources } from './closure.ts'

/*
 * Modules of the user's in this thread. Node.js keeps a module for as long as the thread lives, under its URL; so each version
 * has a URL of its own. What is imported is the text that was read when the version was made, whatever the file holds by now:
 * a replica that is started again while somebody types gets the version that the lab runs.
 */

const known = new Map<string, OwnSource>()
let hooked = false

/** Makes versions of modules known, so that this thread can import them by their URLs. */
export function adoptSources(sources: OwnSources): void {
  for (const [url, source] of Object.entries(sources)) known.set(url, source)
  if (hooked || known.size === 0) return
  hooked = true
  registerHooks({
    resolve(specifier, context, next) {
      const url = known.get(context.parentURL ?? '')?.imports[specifier]
      return url === undefined ? next(specifier, context) : { ...next(specifier, context), url }
    },
    load(url, context, next) {
      const source = known.get(url)
      if (!source) return next(url, context)
      const path = fileURLToPath(url)
      if (/\.m?ts$/.test(path)) return { format: 'module', source: stripped(source.text, path), shortCircuit: true }
      const { format } = context
      // Of the rest Node.js knows best what it is.
      if (format !== 'module' && format !== 'json') return next(url, context)
      return { format, source: source.text, shortCircuit: true }
    },
  })
}

/** What is known of a version and of all that it imports: what another thread has to adopt. */
export function sourcesOf(urls: Iterable<string>): OwnSources {
  const found: Record<string, OwnSource> = {}
  const add = (url: string): void => {
    const source = known.get(url)
    if (!source || Object.hasOwn(found, url)) return
    found[url] = source
    for (const target of Object.values(source.imports)) add(target)
  }
  for (const url of urls) add(url)
  return found
}

function stripped(text: string, path: string): string {
  try {
    return stripTypeScriptTypes(text)
  } catch (error) {
    // It does not say which file it is about.
    throw new SyntaxError(`${path}: ${(error as Error).message}`, { cause: error })
  }
}
