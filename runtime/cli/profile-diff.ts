import { existsSync } from 'node:fs'
import {
  type Compared,
  compareProfiles,
  type Profile,
  ProfileFolder,
  readProfile,
  writeComparison,
  writeProfile,
} from '@archlab/bench/profile'
import { ArchlabError } from '../kit/index.ts'
import { type Topology, textWithoutSecrets } from '../topology/index.ts'
import { EXIT, emitJson } from './output.ts'
import { type Asked, record } from './profile-record.ts'
import { Stop } from './stop.ts'
import { readTopology } from './topology-options.ts'

/** One side of a comparison: a result that was kept, or a variant to record. */
type Side =
  | { readonly type: 'kept'; readonly name: string; readonly profile: Profile }
  | { readonly type: 'variant'; readonly name: string; readonly topology: Topology }

/** `archlab profile --diff A B`: records both one after the other, or reads them, and shows what differs. */
export async function runDiff(asked: Asked, texts: readonly string[]): Promise<void> {
  if (texts.length !== 2) {
    const hint = "write components first: archlab profile gateway --diff 'tactics.cache=off' ''"
    throw new ArchlabError('CLI_USAGE', `--diff takes two sides, not ${texts.length}`, { hint })
  }
  const sides: Side[] = []
  for (const text of texts) {
    const side = await sideOf(asked, text)
    if (!side) return
    sides.push(side)
  }
  const stop = new Stop().signal
  const folder = new ProfileFolder(asked.options.output, 'diff', new Date())
  try {
    const profiles: Profile[] = []
    for (const [at, side] of sides.entries()) {
      const profile = await profileOfSide(asked, side, () => folder.below(at === 0 ? 'a' : 'b'), stop)
      if (!profile) return
      profiles.push(profile)
    }
    show(compareProfiles([sides[0]!.name, sides[1]!.name], profiles[0]!, profiles[1]!), folder, asked)
    process.exitCode = stop.aborted ? EXIT.invalid : EXIT.done
  } finally {
    folder.discard()
  }
}

async function profileOfSide(
  asked: Asked,
  side: Side,
  folderOf: () => string,
  stop: AbortSignal,
): Promise<Profile | null> {
  if (side.type === 'kept') return side.profile
  const folder = folderOf()
  const outcome = await record(asked, side.topology, folder, stop)
  if (!outcome) return null
  if (outcome.load?.failure) throw new ArchlabError('PROFILE_FAILED', `${side.name}: ${outcome.load.failure}`)
  if (!outcome.profile) {
    throw new ArchlabError('PROFILE_FAILED', `${side.name}: the load ended before anything was recorded`)
  }
  writeProfile(folder, outcome.profile)
  return outcome.profile
}

/** Reads one side; `null` (and exit code 2) when its topology has problems, which are told. */
async function sideOf({ options }: Asked, text: string): Promise<Side | null> {
  if (text !== '' && existsSync(text)) return { type: 'kept', name: text, profile: readProfile(text) }
  const name = text === '' ? 'as it is' : textWithoutSecrets(text)
  // A patch has an equals sign, which no name of a variant can have.
  const isVariant = text !== '' && !text.includes('=')
  const [experiment, variant] = isVariant ? text.split('.', 2) : []
  if (isVariant && variant === undefined) {
    const hint = 'give a folder of results, EXPERIMENT.VARIANT, or patches: tactics.cache=off; threads=2'
    throw new ArchlabError('CLI_USAGE', `"${text}" is no side of a comparison`, { hint })
  }
  const patches = isVariant
    ? []
    : text
        .split(';')
        .map(patch => patch.trim())
        .filter(patch => patch !== '')
  const chosen = isVariant ? { variant: { experiment: experiment!, variant: variant! } } : {}
  const topology = await readTopology({ ...options, set: [...options.set, ...patches], ...chosen })
  return topology && { type: 'variant', name, topology }
}

function show(compared: Compared, folder: ProfileFolder, { options }: Asked): void {
  const text = writeComparison(folder.path, compared)
  if (options.json) emitJson({ folder: folder.path, ...compared.summary })
  else process.stdout.write(`${text}\n\n`)
  const out = options.json ? process.stderr : process.stdout
  out.write(`report: ${folder.path}/report.html\n`)
}
