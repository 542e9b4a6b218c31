import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../support/lab.ts'
import type { Processes } from '../support/processes.ts'

const READY_TIMEOUT_MS = 10_000

/** Whether nginx can be run. Debian keeps it where only root's PATH looks. */
export function findNginx(): string | undefined {
  return ['nginx', '/usr/sbin/nginx', '/usr/local/sbin/nginx'].find(
    command => spawnSync(command, ['-v']).error === undefined,
  )
}

/** One worker, connections to the backend kept alive, no access log; everything it writes goes to `folder`. */
export function nginxConfiguration(port: number, backendPort: number, folder: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map(name => `  ${name}_temp_path ${folder}/tmp/${name};`)
    .join('\n')
  return `daemon off;
worker_processes 1;
pid ${folder}/nginx.pid;
error_log stderr error;
events { worker_connections 1024; }
http {
  access_log off;
  keepalive_requests 1000000000;
${temporary}
  upstream backend {
    server 127.0.0.1:${backendPort};
    keepalive 128;
    keepalive_requests 1000000000;
  }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://backend;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
    }
  }
}
`
}

/** Starts nginx in the foreground in front of the backend and returns its port once it accepts connections. */
export async function startNginx(processes: Processes, command: string, backendPort: number): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'archlab-nginx-'))
  processes.removeAtEnd(folder)
  mkdirSync(join(folder, 'tmp'))
  const port = await freePort()
  const file = join(folder, 'nginx.conf')
  writeFileSync(file, nginxConfiguration(port, backendPort, folder))
  const program = processes.start({
    name: 'nginx',
    command,
    args: ['-p', folder, '-e', 'stderr', '-c', file],
    stopSignal: 'SIGQUIT',
  })
  const deadlineMs = performance.now() + READY_TIMEOUT_MS
  while (!(await accepts(port))) {
    if (program.failure) throw new Error(program.failure)
    if (performance.now() > deadlineMs) throw new Error(`nginx did not listen within ${READY_TIMEOUT_MS} ms`)
    await new Promise(resolve => setTimeout(resolve, 20))
  }
  return port
}

function accepts(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1')
    socket.on('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => resolve(false))
  })
}
