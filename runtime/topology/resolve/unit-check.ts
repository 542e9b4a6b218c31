import { decodeValue, type Setting, type Settings, UnitError } from '../../kit/index.ts'
import type { AnySetting } from '../common-settings.ts'
import type { Problems } from '../problems.ts'
import type { Span } from '../source.ts'
import { describe, quoted, type Tree, toPlain } from '../tree.ts'

/** Reads every text form in a value; false when one cannot be read. */
export function checkUnits(problems: Problems, one: AnySetting, node: Tree, path: string, keySpan: Span): boolean {
  const type = one['x-archlab']
  if (type === 'list' && node.type === 'sequence') {
    return node.items
      .map((item, index) => checkUnits(problems, one.items as Setting, item, `${path}.${index}`, item.span))
      .every(Boolean)
  }
  if (type === 'group' && node.type === 'mapping') {
    const inner = Object.entries(one.properties as Settings)
    return inner
      .map(([name, setting]) => {
        const entry = node.entries.get(name)
        return !entry || checkUnits(problems, setting, entry.value, `${path}.${name}`, entry.keySpan)
      })
      .every(Boolean)
  }
  return checkUnit(problems, one, node, path, keySpan)
}

const UNIT_TYPES: ReadonlySet<string> = new Set(['duration', 'size', 'rate', 'ratio', 'distribution'])

function checkUnit(problems: Problems, one: AnySetting, node: Tree, path: string, keySpan: Span): boolean {
  const type = one['x-archlab']
  if (!UNIT_TYPES.has(type)) return true
  const span = node.span.end > node.span.start ? node.span : keySpan
  const scalar = node.type === 'scalar' && node.value !== null
  if (!scalar && (type !== 'distribution' || node.type !== 'mapping')) {
    problems.error('TOPOLOGY_WRONG_TYPE', span, path, `must be a ${type}, not ${describe(node)}`, exampleOf(one))
    return false
  }
  try {
    const value = decodeValue(one, toPlain(node))
    return withinBounds(problems, one, node, value, path, span)
  } catch (error) {
    const hint = error instanceof UnitError ? error.hint : exampleOf(one)
    const message =
      node.type === 'scalar' && node.template !== undefined
        ? `what ${quoted(node)} holds cannot be read as a ${type}`
        : error instanceof UnitError
          ? error.message
          : `cannot be read as a ${type}`
    problems.error('TOPOLOGY_BAD_UNIT', span, path, message, hint)
    return false
  }
}

function withinBounds(
  problems: Problems,
  one: AnySetting,
  node: Tree,
  value: unknown,
  path: string,
  span: Span,
): boolean {
  const bounds = one as { 'x-minimum'?: string; 'x-maximum'?: string }
  const least = bounds['x-minimum']
  const most = bounds['x-maximum']
  if (typeof value !== 'number') return true
  const tooSmall = least !== undefined && value < (decodeValue(one, least) as number)
  const tooLarge = most !== undefined && value > (decodeValue(one, most) as number)
  if (!tooSmall && !tooLarge) return true
  const range =
    most === undefined ? `at least ${least}` : least === undefined ? `at most ${most}` : `from ${least} to ${most}`
  const given = node.type === 'scalar' ? quoted(node) : describe(node)
  problems.error('TOPOLOGY_OUT_OF_RANGE', span, path, `must be ${range}, not ${given}`)
  return false
}

function exampleOf(one: AnySetting): string | undefined {
  try {
    decodeValue(one, '')
  } catch (error) {
    if (error instanceof UnitError) return error.hint
  }
  return undefined
}
