import { Command } from 'commander'
import { ArchlabError, compileMatch, Request } from '../kit/index.ts'
import { type ComponentSpec, didYouMean, type LinkSpec, type Topology } from '../topology/index.ts'
import { addressOf } from './banner.ts'
import { type ControlOptions, fetchTopology, withControl } from './control-client.ts'
import { emitJson } from './output.ts'

interface TokenOptions extends ControlOptions {
  user: string
  password: string
  component?: string
}

const TIMEOUT_MS = 10_000
const LOGIN = new Request({ method: 'POST', path: '/login' })
/** Statuses by which a component says that it is the user or the password that is wrong. */
const REFUSALS = [400, 401, 403]

/** `archlab token`: logs in at the running lab and prints the token. */
export function tokenCommand(): Command {
  const command = new Command('token')
    .description('log in at the running lab and print the token')
    .option('--user <name>', 'who logs in', 'user1')
    .option('--password <text>', 'the password', 'password123')
    .option(
      '--component <name>',
      'who gives the token (default: whom "auth" tactics check tokens with, else the component of kind login)',
    )
    .addHelpText(
      'after',
      '\nExit codes: 0 the token is on stdout, 1 wrong user or password, 2 wrong usage, 4 no token.',
    )
  return withControl(command).action(async (options: TokenOptions) => {
    const topology = await fetchTopology(options)
    const issuer = issuerOf(topology, options.component)
    const url = `${addressFor(topology, issuer)}/login`
    const token = await logIn(url, issuer.name, options)
    if (options.json) emitJson({ token, user: options.user, component: issuer.name, url })
    else process.stdout.write(`${token}\n`)
  })
}

/** The component that gives tokens: the one that is named, or the only one that can be meant. */
function issuerOf(topology: Topology, named: string | undefined): ComponentSpec {
  const { components } = topology
  const names = Object.keys(components)
  if (named !== undefined) {
    if (Object.hasOwn(components, named)) return components[named]!
    const message = `no component of ${topology.name} is called "${named.slice(0, 60)}"`
    throw new ArchlabError('CLI_USAGE', message, { hint: didYouMean(named, names) })
  }
  const trustees = trustedBy(components)
  const trusted = names.filter(name => trustees.has(name))
  const found = trusted.length > 0 ? trusted : names.filter(name => components[name]!.kind === 'login')
  if (found.length === 1) return components[found[0]!]!
  if (found.length > 1) {
    const message = `several components of ${topology.name} give tokens: ${found.join(', ')}`
    throw new ArchlabError('CLI_USAGE', message, { hint: `name one: --component ${found[0]}` })
  }
  throw new ArchlabError('LAB_NO_TOKEN', `no component of ${topology.name} gives tokens`, {
    hint: 'a component of kind login does; name another one with --component',
  })
}

/** Names of the components that tactics `auth` check tokens with. */
function trustedBy(components: Topology['components']): ReadonlySet<string> {
  const trusted = new Set<string>()
  const visit = ({ tactics }: { tactics: LinkSpec['tactics'] }): void => {
    for (const tactic of tactics) {
      for (const link of tactic.links) {
        if (tactic.name === 'auth') for (const name of link.to) trusted.add(name)
        visit(link)
      }
    }
  }
  for (const component of Object.values(components)) for (const one of [component, ...component.links]) visit(one)
  return trusted
}

/** Where `POST /login` reaches the component: at its own port, or at that of a component with a route to it. */
function addressFor({ components }: Topology, issuer: ComponentSpec): string {
  const open = Object.values(components).filter(one => one.listen !== null && one.access === 'anyone')
  const direct = open.find(one => one === issuer) ?? open.find(one => leadsTo(one, issuer.name))
  const address = direct && addressOf(direct)
  if (address !== undefined) return address
  throw new ArchlabError('LAB_NO_TOKEN', `${issuer.name} cannot be reached from outside of the lab`, {
    hint: `give it a port, or a gateway with a port a route: { match: POST /login, to: ${issuer.name} }`,
  })
}

/** Whether the first route that takes `POST /login` hands it on as it is. */
function leadsTo(component: ComponentSpec, name: string): boolean {
  const route = component.routes.find(({ match }) => compileMatch(match)(LOGIN))
  const link = component.links.find(one => one.name === route?.link)
  return link?.path === null && link.to.length === 1 && link.to[0] === name
}

async function logIn(url: string, component: string, { user, password }: TokenOptions): Promise<string> {
  let status: number
  let answer: unknown
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username: user, password }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    status = response.status
    answer = await response.json().catch(() => undefined)
  } catch (cause) {
    throw new ArchlabError('LAB_NO_TOKEN', `${component} does not answer at ${url}`, {
      cause,
      hint: 'archlab status shows how the lab is',
    })
  }
  const token = typeof answer === 'object' && answer !== null ? (answer as { token?: unknown }).token : undefined
  if (status === 200 && typeof token === 'string') return token
  const message = `${component} answered ${status} to the login of "${user.slice(0, 60)}"`
  if (REFUSALS.includes(status)) {
    throw new ArchlabError('LAB_LOGIN_REFUSED', message, { hint: 'give --user and --password of one of its users' })
  }
  const hint = status === 200 ? 'there is no token in its reply' : undefined
  throw new ArchlabError('LAB_NO_TOKEN', message, { hint })
}
