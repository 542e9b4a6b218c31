import type { OperationOf, Runner } from './runner.ts'

/** Changes the running lab by patches of its topology. */
export const edit: Runner<OperationOf<'edit'>> = ({ patches }, lab) => lab.edit(patches)
