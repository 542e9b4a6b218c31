import type { TestContext } from 'node:test'
import { ControlServer } from '@archlab/runtime/lab'
import type { LabUnderTest } from '@archlab/runtime/whole-lab'
import { folderWith } from './cli.ts'

/** Opens a lab's control API; resolves to its port. */
export async function openControl(t: TestContext, lab: LabUnderTest): Promise<number> {
  const control = await ControlServer.open(0, () => lab.lab, folderWith(t, {}))
  t.after(() => control.close())
  return control.port
}
