import type { Operation } from '../../topology/environment-spec.ts'
import { corrupt } from './corrupt.ts'
import { diskFull } from './disk-full.ts'
import { drain } from './drain.ts'
import { drop } from './drop.ts'
import { edit } from './edit.ts'
import { fail } from './fail.ts'
import { fault } from './fault.ts'
import { hang } from './hang.ts'
import { kill } from './kill.ts'
import { leak } from './leak.ts'
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
  leak,
  'disk-full': diskFull,
  slow,
  fault,
  drop,
  corrupt,
  partition,
  restart,
  drain,
  undrain: drain,
  edit,
}

/** Who carries out an operation. */
export const runnerOf = (operation: Operation): Runner => RUNNERS[operation.action] as Runner
