import { ArchlabError } from '../../kit/index.ts'
import { shownValue } from '../../topology/index.ts'
import type { EditPlan } from '../editing/editor.ts'
import { parseInjection } from '../injection/parse.ts'
import type { Lab } from '../lab.ts'
import { parseOperation } from '../operations/parse.ts'
import { sessionOf } from '../session/session.ts'
import { asJson, type Body } from './body.ts'
import { orderProfile } from './profile-order.ts'

/** What one may do, by path: takes the JSON of the request, answers like a view. */
export type Change = (lab: Lab, request: unknown) => Promise<Body>

/** Every change, by its path. */
export const CHANGES: Readonly<Record<string, Change>> = {
  '/operations': async (lab, request) => asJson(shownValue(await lab.operate(parseOperation(request)))),
  '/topology': async (lab, request) => asJson(await change(lab, request)),
  '/requests': async (lab, request) => asJson(await lab.inject(parseInjection(request))),
  // Changes nothing, but the texts in it may hold secrets.
  '/session': async lab => asJson(sessionOf(lab)),
  '/profile': async (lab, request) => asJson(await orderProfile(lab, request)),
}

/**
 * `{ "set": ["path=value"] }`, `{ "file": "/absolute/path.yaml" }`, the same with a `text` that the file is to be taken to hold,
 * or the `text` alone: as if the lab's own file had been saved with it.
 */
async function change(lab: Lab, request: unknown): Promise<EditPlan> {
  const { set, file, text } = (request ?? {}) as { set?: unknown; file?: unknown; text?: unknown }
  const isGiven = typeof file === 'string' || typeof text === 'string'
  if (set === undefined && isGiven && isTextOrAbsent(file) && isTextOrAbsent(text)) return lab.applyFile(file, text)
  const isList = Array.isArray(set) && set.length > 0 && set.every(one => typeof one === 'string')
  if (isList && file === undefined && text === undefined) return lab.applyPatches(set)
  const hint = 'write { "set": ["components.api.replicas=4"] } or { "file": "/path/of/topology.yaml" }'
  throw new ArchlabError('OPERATION_MALFORMED', 'a change names patches or a file', { hint })
}

const isTextOrAbsent = (value: unknown): value is string | undefined => value === undefined || typeof value === 'string'
