import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePorts } from '@archlab/runtime/whole-lab'
import { type Ending, noOwnServers, OwnServer } from './own-server.ts'

/** Debian's `rabbitmq-server` of the path insists on the system's node, and only calls this one. */
const DEBIAN_PROGRAM = '/usr/lib/rabbitmq/bin/rabbitmq-server'
const PROGRAM = existsSync(DEBIAN_PROGRAM) ? DEBIAN_PROGRAM : 'rabbitmq-server'

const installed = (program: string): boolean => spawnSync('which', [program]).status === 0

/** Why a RabbitMQ of one's own cannot be had; false when it can. */
export const noOwnRabbitmq: string | false =
  noOwnServers || ([PROGRAM, 'epmd'].every(installed) ? false : 'rabbitmq-server is not installed')

/**
 * Starts a RabbitMQ with a node, folders, a configuration and a port mapper of its own, so that it neither finds nor
 * disturbs the machine's; its user is `guest`. It is killed after the test, and its data go.
 */
export async function ownRabbitmq(t: Ending): Promise<OwnServer> {
  const folder = mkdtempSync(join(tmpdir(), 'archlab-rabbitmq-'))
  const [port, distribution, mapper] = (await freePorts(3)) as [number, number, number]
  writeFileSync(join(folder, 'rabbitmq.conf'), `listeners.tcp.local = 127.0.0.1:${port}\n`)
  writeFileSync(join(folder, 'enabled_plugins'), '[].\n')
  writeFileSync(join(folder, 'empty'), '')
  const mapperOptions = { program: 'epmd', args: ['-address', '127.0.0.1', '-port', String(mapper)], env: {} }
  const server = new OwnServer(t, {
    program: PROGRAM,
    args: [],
    env: {
      HOME: folder,
      ERL_EPMD_ADDRESS: '127.0.0.1',
      ERL_EPMD_PORT: String(mapper),
      // One scheduler that does not spin: it starts in half the processor time.
      ERL_FLAGS: '+S 1:1 +sbwt none -kernel inet_dist_use_interface {127,0,0,1}',
      RABBITMQ_NODENAME: `archlab${port}@localhost`,
      RABBITMQ_DIST_PORT: String(distribution),
      RABBITMQ_MNESIA_BASE: join(folder, 'data'),
      RABBITMQ_LOG_BASE: join(folder, 'log'),
      RABBITMQ_PID_FILE: join(folder, 'pid'),
      RABBITMQ_CONFIG_FILE: join(folder, 'rabbitmq'),
      RABBITMQ_CONF_ENV_FILE: join(folder, 'empty'),
      RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'enabled_plugins'),
    },
    folder,
    port,
  })
  const portMapper = new OwnServer(t, { ...mapperOptions, folder, port: mapper })
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  await portMapper.start()
  await server.start()
  return server
}
