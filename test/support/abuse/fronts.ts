import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePorts, httpCall, startLab } from '@archlab/runtime/whole-lab'
import { catalogs } from '../lab5.ts'
import { type Ending, noOwnServers, OwnServer } from '../own-server.ts'
import type { Front } from './run-case.ts'

const FILE = fileURLToPath(new URL('./abuse.yaml', import.meta.url))

export interface LabFronts {
  readonly channel: Front
  readonly http: Front
  /** The witness itself, which answers at once. */
  readonly direct: Front
  /** What the lab's servers refused, by component and reason. */
  refused(): Promise<Readonly<Record<string, Record<string, number>>>>
}

/** A lab with a load balancer over each transport before the witness. */
export async function startFronts(t: Ending): Promise<LabFronts> {
  const lab = await startLab(t, { file: FILE }, { catalogs })
  const port = (component: string): number => Number(new URL(lab.url(component)).port)
  const seen = async (): Promise<readonly string[]> =>
    JSON.parse((await httpCall(`${lab.url('witness')}/witness`)).text)
  return {
    channel: { name: 'channel', port: port('channel'), seen },
    http: { name: 'http', port: port('http'), seen },
    direct: { name: 'direct', port: port('witness'), seen },
    async refused() {
      const { components } = await lab.lab.status()
      return Object.fromEntries(Object.entries(components).map(([name, { refused }]) => [name, refused]))
    },
  }
}

const NGINX = ['nginx', '/usr/sbin/nginx', '/usr/local/sbin/nginx'].find(
  command => spawnSync(command, ['-v']).error === undefined,
)

/** Why there is no nginx to compare with; false when there is one. */
export const noNginx: string | false = noOwnServers || (NGINX ? false : 'nginx is not installed')

/** An nginx of one's own before the witness, with the time limits of the lab's fronts and otherwise its defaults. */
export async function startNginx(t: Ending, witness: Front): Promise<Front> {
  const folder = mkdtempSync(join(tmpdir(), 'archlab-nginx-'))
  mkdirSync(join(folder, 'tmp'))
  const [port] = (await freePorts(1)) as [number]
  const file = join(folder, 'nginx.conf')
  writeFileSync(file, configuration(port, witness.port, folder))
  const server = new OwnServer(t, {
    program: NGINX!,
    args: ['-p', folder, '-e', 'stderr', '-c', file],
    env: {},
    folder,
    port,
  })
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  await server.start()
  return { name: 'nginx', port, seen: witness.seen }
}

function configuration(port: number, witnessPort: number, folder: string): string {
  const places = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    name => `  ${name}_temp_path ${folder}/tmp/${name};\n`,
  )
  return `daemon off;
worker_processes 1;
pid ${folder}/nginx.pid;
error_log stderr crit;
events { worker_connections 512; }
http {
  access_log off;
  client_header_timeout 10s;
  client_body_timeout 2s;
${places.join('')}  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://127.0.0.1:${witnessPort};
      proxy_http_version 1.1;
      proxy_set_header Connection "";
    }
  }
}
`
}
