import { readFileSync } from 'node:fs'
import type { TestContext } from 'node:test'
import { loadTopology, type Topology } from '@archlab/runtime/topology'
import { type LabOptions, type LabUnderTest, startLab } from '@archlab/runtime/whole-lab'
import { catalogs } from './lab5.ts'
import { ROOT } from './shell.ts'

export const exampleFile = (name: string): string => `${ROOT}examples/${name}.yaml`

/** Starts `examples/NAME.yaml` with patches. */
export function startExample(
  t: TestContext,
  name: string,
  set: string[] = [],
  options: Partial<LabOptions> = {},
): Promise<LabUnderTest> {
  return startLab(t, { file: exampleFile(name) }, { catalogs, set, ...options })
}

/** The commands that an example begins with, in order, without the comment sign. */
export function commandsOf(name: string): string[] {
  const head = readFileSync(exampleFile(name), 'utf8').split('\nname: ')[0]!
  return head.split('\n').flatMap(line => /^# {3}(\S.*)$/.exec(line)?.[1] ?? [])
}

/** Commands as they stand in an example, made to talk to a lab on other ports. */
export async function redirected(
  commands: readonly string[],
  name: string,
  lab: LabUnderTest,
  controlPort: number,
): Promise<string> {
  const { topology } = await loadTopology(exampleFile(name), { catalogs, env: {} })
  const moved = movedPorts(topology!, lab)
  return commands
    .join('\necho ----\n')
    .replace(/http:\/\/127\.0\.0\.1:(\d+)/g, (_, port: string) => {
      const url = moved.get(Number(port))
      if (url === undefined) throw new Error(`${name} has no port ${port}`)
      return url
    })
    .replace(/npx (archlab \w+)/g, `$1 --control-port ${controlPort}`)
}

function movedPorts({ components }: Topology, lab: LabUnderTest): Map<number, string> {
  const ports = Object.values(components).flatMap(({ name, listen }) =>
    (listen?.ports ?? []).map((port, which): [number, string] => [port, lab.url(name, which)]),
  )
  return new Map(ports)
}
