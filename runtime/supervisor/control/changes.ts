import { ArchlabError } from '../../kit/index.ts'
import type { EditPlan } from '../editing/editor.ts'
import { parseInjection } from '../injection/parse.ts'
import type { Lab } from '../lab.ts'
import { parseOperation } from '../operations/parse.ts'
import { asJson, type Body } from './body.ts'
import { orderProfile } from './profile-order.ts'

/** What one may do, by path: takes the JSON of the request, answers like a view. */
export type Change = (lab: Lab, request: unknown) => Promise<Body>

/** Every change, by its path. */
export const CHANGES: Readonly<Record<string, Change>> = {
  '/operations': async (lab, request) => asJson(await lab.operate(parseOperation(request))),
  '/topology': async (lab, request) => asJson(await change(lab, request)),
  '/requests': async (lab, request) => asJson(await lab.inject(parseInjection(request))),
  '/profile': async (lab, request) => asJson(await orderProfile(lab, request)),
}

/** `{ "set": ["path=value"] }` or `{ "file": "/absolute/path.yaml" }`. */
async function change(lab: Lab, request: unknown): Promise<EditPlan> {
  const { set, file } = (request ?? {}) as { set?: unknown; file?: unknown }
  if (typeof file === 'string' && set === undefined) return lab.applyFile(file)
  const isList = Array.isArray(set) && set.length > 0 && set.every(one => typeof one === 'string')
  if (isList && file === undefined) return lab.applyPatches(set)
  const hint = 'write { "set": ["components.api.replicas=4"] } or { "file": "/path/of/topology.yaml" }'
  throw new ArchlabError('OPERATION_MALFORMED', 'a change names patches or a file', { hint })
}
