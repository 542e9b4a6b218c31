import { type CallNode, type Frame, keyOf, totalOf } from '../call-tree.ts'
import { type Category, frameName, type Places, placeText } from '../places.ts'
import { byComponent, COMPONENT_URL, type ThreadTree } from '../shares.ts'

/** A function in a picture. */
interface ShownFrame {
  /** With the name of its file. */
  readonly name: string
  readonly place: string
  readonly category: Category | 'group'
}

/** A call in a picture: a frame by its number, what it took with all that it called, and how much more than elsewhere. */
export interface ShownNode {
  readonly f: number
  readonly v: number
  readonly d?: number
  readonly c?: readonly ShownNode[]
}

/** One picture to choose. */
export interface FlameView {
  readonly title: string
  readonly root: ShownNode
}

/** Everything that the script of the page draws from. */
export interface FlameData {
  readonly frames: readonly ShownFrame[]
  readonly views: readonly FlameView[]
  readonly unit: FlameUnit
  /** What amounts are divided by before they are shown, e.g. the requests; `null` for nothing. */
  readonly per: { readonly count: number; readonly word: string } | null
  readonly isDifference: boolean
}

export type FlameUnit = 'microseconds' | 'bytes'

/** Calls that took less than this part of a picture are left out: they would be narrower than a pixel. */
const LEAST_SHARE = 1 / 4000

/** Numbers the frames that pictures have in common. */
export class Frames {
  readonly shown: ShownFrame[] = []
  readonly #places: Places
  readonly #numbers = new Map<string, number>()

  constructor(places: Places) {
    this.#places = places
  }

  /** A tree as a picture under a title; with `delta`, coloured by what that gives for each call. */
  view(title: string, root: CallNode, delta?: (path: readonly string[]) => number): FlameView {
    const least = totalOf(root) * LEAST_SHARE
    const show = (node: CallNode, number: number, path: readonly string[]): ShownNode => {
      const children = [...node.children]
        .map(([key, child]) => ({ key, child, total: totalOf(child) }))
        .filter(({ total }) => total > least)
        .sort((a, b) => b.total - a.total)
        .map(({ key, child }) => show(child, this.#number(child), [...path, key]))
      return {
        f: number,
        v: round(totalOf(node)),
        ...(delta ? { d: round(delta(path)) } : {}),
        ...(children.length > 0 ? { c: children } : {}),
      }
    }
    this.shown.push({ name: title, place: '', category: 'group' })
    return { title, root: show(root, this.shown.length - 1, []) }
  }

  #number({ frame }: CallNode): number {
    const key = keyOf(frame)
    let number = this.#numbers.get(key)
    if (number === undefined) {
      number = this.shown.length
      this.#numbers.set(key, number)
      const isGroup = frame.url === COMPONENT_URL
      this.shown.push({
        name: isGroup ? frame.name : labelOf(frame),
        place: isGroup ? '' : placeText(frame),
        category: isGroup ? 'group' : this.#places.ownerOf(frame).category,
      })
    }
    return number
  }
}

/** Name and file of a function, as short as a box wants it: `#flush outbox.ts:29`. */
function labelOf(frame: Frame): string {
  const file = placeText(frame).split('/').at(-1)!
  if (file === '') return frameName(frame)
  return frame.name === '' ? file : `${frame.name} ${file}`
}

const round = (value: number): number => Math.round(value * 10) / 10

/** One picture of everything, and one of each thread. */
export function flameViews(threads: readonly ThreadTree[], frames: Frames): FlameView[] {
  const all = frames.view('all components', byComponent(threads))
  return [all, ...(threads.length > 1 ? threads.map(({ thread, tree }) => frames.view(thread, tree)) : [])]
}
