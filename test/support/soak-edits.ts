/** The long form of test/live-edit-random.test.ts, and what edits cost. */
import { type ResourcesResult, resourcesOfEdits } from './edits/resources.ts'
import { type SaveResult, saveToApplied } from './edits/save-to-applied.ts'
import { editUnderLoad, type UnderLoadResult } from './edits/under-load.ts'
import { canSeeSockets } from './listening.ts'
import { type SoakPlan, soakCommand } from './soak-command.ts'

const ABOUT = `Edits a running lab at random: replicas, tactics, their order and settings, policies, routes, ports.
  under-load   Under a closed-loop load of 16 connections: no request fails, and the lab in the end is the one that a
               fresh start of the last file gives.
  resources    Five times as many edits: descriptors, threads and memory of its processes, after all garbage has been
               collected, are within 10 % of those after ten edits.
  save         A quarter as many saves of a file: time from the save until the first reply by the new setting.`

const SEED = 'edits'
const RESOURCES_FACTOR = 5
const SAVES_DIVISOR = 4

type Result = UnderLoadResult | ResourcesResult | SaveResult

const plans: SoakPlan<Result>[] = [
  { name: 'under-load', missing: false, run: (t, rounds, progress) => editUnderLoad(t, rounds, SEED, progress) },
  {
    name: 'resources',
    missing: !canSeeSockets && 'this system does not tell what a process holds',
    run: (t, rounds, progress) => resourcesOfEdits(t, rounds * RESOURCES_FACTOR, SEED, progress),
  },
  { name: 'save', missing: false, run: (t, rounds) => saveToApplied(t, Math.ceil(rounds / SAVES_DIVISOR)) },
]

const isBad = (result: Result): boolean =>
  ('failures' in result && result.failures.length + result.differences.length > 0) ||
  ('grown' in result && result.grown.length > 0)

const usage = {
  command: 'npm run soak:edits -- [options]',
  about: ABOUT,
  rounds: { usual: 200, about: 'Edits under load; the others do as many times more or less' },
}
process.exit(await soakCommand(usage, plans, isBad))
