import { fileURLToPath } from 'node:url'
import { components } from '@archlab/components/catalog'
import { type LabOptions, type LabUnderTest, overTransport, postJson, startLab } from '@archlab/runtime/whole-lab'
import { tactics } from '@archlab/tactics/catalog'
import type { Ending } from './own-server.ts'

export const catalogs = { components, tactics }

/** The lab that `npm start` runs. */
export const LAB5_FILE = fileURLToPath(new URL('../../topology.yaml', import.meta.url))

export const TRANSPORTS = ['channel', 'http'] as const
export type Transport = (typeof TRANSPORTS)[number]

/** Starts `topology.yaml` with patches; jobs take 50 ms, so that a test can wait for them. */
export function startLab5(
  t: Ending,
  options: { set?: string[]; transport?: Transport; threads?: LabOptions['threads'] } = {},
): Promise<LabUnderTest> {
  const { set = [], transport, threads = 2 } = options
  return startLab(
    t,
    { file: LAB5_FILE },
    {
      catalogs,
      threads,
      set: ['components.worker.job-time=50ms', ...set],
      ...(transport ? { mapTopology: overTransport(transport) } : {}),
    },
  )
}

export const USER = { username: 'user1', password: 'password123' }

/** A token of the lab's user, through the component at `url`. */
export async function logIn(url: string): Promise<string> {
  const reply = await postJson(`${url}/login`, USER)
  if (reply.status !== 200) throw new Error(`login answered ${reply.status}: ${reply.text}`)
  return reply.json.token
}

export const bearer = (token: string): { authorization: string } => ({ authorization: `Bearer ${token}` })

/** Absolute path of a module beside this file, for `kind:` and tactics in a topology that a test writes. */
export const supportModule = (name: string): string => fileURLToPath(new URL(name, import.meta.url))
