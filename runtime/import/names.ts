import { NAME_FORM, NAME_PATTERN } from '../topology/common-settings.ts'
import type { At, Reader } from './reader.ts'

const NAME = new RegExp(NAME_PATTERN)
/** What every JavaScript object has already; archlab refuses it as the name of a component. */
const TAKEN = 'constructor'

/**
 * Names of foreign services as names of components: lower case, everything but letters and digits a hyphen. Two that
 * come to the same are a problem, and so is one of which nothing is left.
 */
export class Names {
  #reader: Reader
  #names = new Map<string, string>()
  #owners = new Map<string, string>()

  constructor(reader: Reader) {
    this.#reader = reader
  }

  /** Takes in a service; `undefined`, after a problem, when its name cannot be used. */
  add(source: string, at: At): string | undefined {
    if (this.#names.has(source)) {
      const hint = 'remove or rename one of them'
      return this.#reader.error('IMPORT_DUPLICATE', at, `two services are called "${source}"`, hint)
    }
    const name = source
      .toLowerCase()
      .replace(/[^a-z0-9-]+/g, '-')
      .replace(/^-+|-+$/g, '')
    this.#names.set(source, name)
    if (!NAME.test(name) || name === TAKEN) {
      return this.#reader.error('IMPORT_BAD_NAME', at, `"${source}" makes no name of a component`, NAME_FORM)
    }
    const owner = this.#owners.get(name)
    if (owner !== undefined) {
      const message = `"${owner}" and "${source}" would both be the component ${name}`
      return this.#reader.error('IMPORT_NAME_CLASH', at, message, 'rename one of them')
    }
    this.#owners.set(name, source)
    if (name !== source) this.#reader.note(at, `"${source}" is the component ${name}: names are DNS labels`)
    return name
  }

  /** The component of a service, `undefined` when there is no such service. */
  get(source: string): string | undefined {
    return this.#names.get(source)
  }

  /** Names of all services as the file has them. */
  get sources(): string[] {
    return [...this.#names.keys()]
  }
}
