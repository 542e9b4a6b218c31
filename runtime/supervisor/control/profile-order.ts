import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ArchlabError } from '../../kit/index.ts'
import type { ProfileRequest, ThreadProfile } from '../../protocol.ts'
import type { Lab } from '../lab.ts'

/** Longest recording, in milliseconds. */
const FOR_MS_MAX = 86_400_000

/**
 * Carries out `POST /profile`: begins or ends recording threads, see `Lab.profile`. The lab itself chooses where profiles are
 * written, a new folder that only its user reads: a request cannot name a place on the disk. Rejects with OPERATION_MALFORMED.
 */
export async function orderProfile(lab: Lab, request: unknown): Promise<readonly ThreadProfile[]> {
  return lab.profile(await requestOf(request))
}

async function requestOf(request: unknown): Promise<ProfileRequest> {
  const body = request as Partial<Extract<ProfileRequest, { action: 'start' }>> | null
  const action: unknown = body?.action
  if (action === 'stop') return { action, folder: await mkdtemp(join(tmpdir(), 'archlab-profile-')) }
  if (action !== 'start') throw malformed('"action" is start or stop.')
  const { of, interval, forMs, replicas = null } = body!
  if (of !== 'cpu' && of !== 'heap') throw malformed('"of" is cpu or heap.')
  if (!isWhole(interval, 1, 2 ** 31 - 1)) throw malformed('"interval" is in microseconds, or in bytes.')
  if (!isWhole(forMs, 1, FOR_MS_MAX)) throw malformed(`"forMs" is from 1 to ${FOR_MS_MAX} milliseconds.`)
  const isList = Array.isArray(replicas) && replicas.every(name => typeof name === 'string')
  if (replicas !== null && !isList) throw malformed('"replicas" is a list of names, or null for all.')
  return { action, of, interval, forMs, replicas }
}

const isWhole = (value: unknown, min: number, max: number): value is number =>
  Number.isInteger(value) && (value as number) >= min && (value as number) <= max

const malformed = (message: string): ArchlabError => new ArchlabError('OPERATION_MALFORMED', message)
