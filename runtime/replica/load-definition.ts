import { ArchlabError, type ComponentDefinition, type TacticDefinition } from '../kit/index.ts'

const loaded = new Map<string, Promise<unknown>>()

/** Imports a module once and returns its default export, a definition of a kind or a tactic. */
export async function loadDefinition<D extends ComponentDefinition | TacticDefinition>(url: string): Promise<D> {
  let definition = loaded.get(url)
  if (!definition) {
    definition = import(url).then(module => module.default)
    loaded.set(url, definition)
    // What it lacked may be there next time.
    definition.catch(() => loaded.delete(url))
  }
  const found = await definition
  if (typeof (found as D | undefined)?.create !== 'function') {
    throw new ArchlabError('LAB_START_FAILED', `${url} has no definition as its default export`)
  }
  return found as D
}
