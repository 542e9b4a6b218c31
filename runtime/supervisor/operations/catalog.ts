import type { Operation } from '../../topology/environment-spec.ts'
import { drain } from './drain.ts'
import { edit } from './edit.ts'
import { fail } from './fail.ts'
import { fault } from './fault.ts'
import { hang } from './hang.ts'
import { kill } from './kill.ts'
import { partition } from './partition.ts'
import { restart } from './restart.ts'
import type { OperationOf, Runner } from './runner.ts'
import { slow } from './slow.ts'

/** Every operation by its action. */
export const RUNNERS: { readonly [A in Operation['action']]: Runner<OperationOf<A>> } = {
  kill,
  exit: fail,
  throw: fail,
  hang,
  slow,
  fault,
  partition,
  restart,
  drain,
  undrain: drain,
  edit,
}

/** Who carries out an operation. */
export const runnerOf = (operation: Operation): Runner => RUNNERS[operation.action] as Runner
