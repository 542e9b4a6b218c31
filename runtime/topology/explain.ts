import { POLICIES } from '../balancing/catalog.ts'
import type { PolicyDefinition } from '../balancing/policy.ts'
import type { ComponentDefinition, LinkDeclaration, Settings, TacticDefinition } from '../kit/index.ts'
import {
  type AnySetting,
  COMPONENT_SETTINGS,
  holdsSecret,
  INLINE_LINK_SETTINGS,
  LINK_SETTINGS,
  ROUTE_SETTINGS,
  TACTIC_SETTINGS,
  THREADS,
  TOPOLOGY_SETTINGS,
  TRANSPORTS,
} from './common-settings.ts'
import { type Catalogs, Definitions, type Loaded, type Unusable } from './definitions.ts'
import { didYouMean } from './did-you-mean.ts'
import { EXPERIMENT_TOPICS } from './experiment/topics.ts'
import { explainPage, type Page } from './explain-page.ts'
import { type Problem, Problems } from './problems.ts'
import { REDACTED } from './redact.ts'
import { AUTOSCALING_SETTINGS } from './replicas-settings.ts'
import { SCENARIO_TOPICS } from './scenario/topics.ts'
import { WORKLOAD_TOPICS } from './workload/topics.ts'

/** An answer to `archlab explain`; `result` is `null` when there is nothing of that name. */
export interface ExplainResult<Result> {
  readonly result: Result | null
  readonly problems: readonly Problem[]
}

/** The catalogue, or the page of a kind, tactic or topic, as text for a terminal. */
export async function explainText(
  catalogs: Catalogs,
  name: string | undefined,
  options: { colour: boolean } = { colour: false },
): Promise<ExplainResult<string>> {
  const { result, problems } = await explainPages(catalogs, name)
  return { result: result?.map(page => explainPage(page, options.colour)).join('\n') ?? null, problems }
}

/** The same as data: a list of pages, since a kind and a tactic may share a name. */
export async function explainJson(
  catalogs: Catalogs,
  name: string | undefined,
): Promise<ExplainResult<readonly Page[]>> {
  return explainPages(catalogs, name)
}

async function explainPages(catalogs: Catalogs, name: string | undefined): Promise<ExplainResult<readonly Page[]>> {
  const problems = new Problems()
  const definitions = new Definitions(catalogs, 'topology.yaml')
  const kinds = Object.keys(catalogs.components)
  const tactics = Object.keys(catalogs.tactics)
  if (name === undefined) {
    const page = await catalogue(definitions, kinds, tactics, problems)
    return { result: [page], problems: problems.sorted([]) }
  }
  const pages: Page[] = []
  const kind = usable(await definitions.component(name), name, problems)
  if (kind) pages.push(kindPage(kind))
  const tactic = usable(await definitions.tactic(name), name, problems)
  if (tactic) pages.push(tacticPage(tactic))
  if (Object.hasOwn(POLICIES, name)) pages.push(policyPage(POLICIES[name]!))
  if (Object.hasOwn(TOPICS, name)) pages.push(TOPICS[name]!)
  if (pages.length === 0 && !problems.hasErrors) {
    const hint = didYouMean(name, [
      ...new Set([...kinds, ...tactics, ...Object.keys(POLICIES), ...Object.keys(TOPICS)]),
    ])
    problems.error(
      'TOPOLOGY_UNKNOWN_TOPIC',
      null,
      '',
      `there is no kind, tactic, policy or topic called "${name.slice(0, 60)}"`,
      hint,
    )
  }
  return { result: pages.length === 0 ? null : pages, problems: problems.sorted([]) }
}

function usable<D>(loaded: Loaded<D> | Unusable | undefined, name: string, problems: Problems): Loaded<D> | undefined {
  if (loaded && 'definition' in loaded) return loaded
  // A path names a kind or a tactic; the one that it is not is no mistake.
  if (loaded && !name.includes('/')) problems.error('TOPOLOGY_MODULE_UNUSABLE', null, name, loaded.reason)
  return undefined
}

async function catalogue(
  definitions: Definitions,
  kinds: readonly string[],
  tactics: readonly string[],
  problems: Problems,
): Promise<Page> {
  const rows: { list: string; name: string; text: string }[] = []
  for (const name of kinds) {
    const loaded = usable(await definitions.component(name), name, problems)
    if (loaded) rows.push({ list: 'Kinds of components', name, text: loaded.definition.summary })
  }
  for (const name of tactics) {
    const loaded = usable(await definitions.tactic(name), name, problems)
    if (loaded) rows.push({ list: 'Tactics', name, text: loaded.definition.summary })
  }
  for (const { name, summary } of Object.values(POLICIES))
    rows.push({ list: 'Policies of a link', name, text: summary })
  for (const [name, text] of Object.entries(TRANSPORTS)) rows.push({ list: 'Transports of a link', name, text })
  for (const [name, page] of Object.entries(TOPICS)) rows.push({ list: 'Topics', name, text: page.summary })
  return { type: 'catalogue', name: 'catalogue', summary: 'What a topology is made of.', rows }
}

function kindPage({ definition, name }: Loaded<ComponentDefinition>): Page {
  return {
    type: 'kind',
    name,
    ...common(definition),
    links: linksOf(definition.links),
    also: definition.links ? ['component', 'routes' in definition.links ? 'route' : 'link'] : ['component'],
  }
}

function tacticPage({ definition, name }: Loaded<TacticDefinition>): Page {
  const scopes = definition.sharedBytes ? ['replica', 'component'] : ['replica']
  return { type: 'tactic', name, ...common(definition), realises: definition.realises, scopes, also: ['tactic'] }
}

function policyPage(policy: PolicyDefinition): Page {
  const { name, summary, about, settings, example } = policy
  return { type: 'policy', name, summary, ...(about ? { about } : {}), settings, example, also: ['policy', 'link'] }
}

function common(definition: ComponentDefinition | TacticDefinition) {
  return {
    summary: definition.summary,
    ...(definition.about ? { about: definition.about } : {}),
    settings: shown(definition.settings as Settings),
    counters: (definition.counters ?? {}) as Record<string, string>,
    gauges: (definition.gauges ?? {}) as Record<string, string>,
    example: definition.example,
  }
}

/** The settings without defaults that are secret. */
function shown(settings: Settings): Settings {
  const entries = Object.entries(settings).map(([name, one]) => {
    const hide = one.default !== undefined && holdsSecret(one)
    return [name, hide ? { ...one, default: REDACTED } : one]
  })
  return Object.fromEntries(entries)
}

const OPEN_LINKS =
  'Any names. What its settings call without an entry here is a component, with the defaults of a link.'

function linksOf(links: LinkDeclaration | undefined): Record<string, string> {
  if (!links) return {}
  if ('inline' in links) return { to: String(INLINE_LINK_SETTINGS.to?.description) }
  if ('routes' in links) return { routes: 'One link for each route.' }
  if ('open' in links) return { any: OPEN_LINKS }
  const entries = Object.entries(links.named)
  return Object.fromEntries(entries.map(([name, { doc, required }]) => [name, required ? `${doc} Required.` : doc]))
}

const words = (name: string, values: Readonly<Record<string, string>>, summary: string): Page => ({
  type: 'topic',
  name,
  summary,
  rows: Object.entries(values).map(([one, text]) => ({ list: 'There are', name: one, text })),
})

const settings = (
  name: string,
  summary: string,
  table: Readonly<Record<string, AnySetting>>,
  example: string,
): Page => ({
  type: 'topic',
  name,
  summary,
  settings: table,
  example,
})

const POLICY_SUMMARIES = Object.fromEntries(Object.values(POLICIES).map(({ name, summary }) => [name, summary]))

/** What can be explained besides kinds, tactics and policies. */
const TOPICS: Readonly<Record<string, Page>> = {
  topology: settings(
    'topology',
    'The keys of a topology file.',
    TOPOLOGY_SETTINGS,
    'name: lab\ncomponents:\n  api: { kind: microservice, port: 5001 }',
  ),
  component: settings(
    'component',
    'Settings that every component has.',
    COMPONENT_SETTINGS,
    'api: { kind: microservice, port: 5001, replicas: 4, access: links }',
  ),
  autoscaling: settings(
    'autoscaling',
    'Settings of `replicas:` of a component when the lab is to decide how many run.',
    AUTOSCALING_SETTINGS,
    'api:\n  kind: microservice\n  port: 5001\n  replicas: { min: 1, max: 8, target: { utilisation: 70% } }',
  ),
  link: settings(
    'link',
    'Settings of a link, short or long.',
    LINK_SETTINGS,
    'links:\n  database: { to: [first, second], policy: least-requests, timeout: 2s }\n  audit: audit',
  ),
  route: settings(
    'route',
    'Settings of a route.',
    ROUTE_SETTINGS,
    'routes:\n  - { match: GET /data, to: api }\n  - { match: /, to: site, timeout: 2s }',
  ),
  tactic: settings(
    'tactic',
    'Settings that every tactic has.',
    TACTIC_SETTINGS,
    'tactics:\n  - rate-limit: { max: 100, match: POST /login, scope: component }',
  ),
  policy: words('policy', POLICY_SUMMARIES, 'How a link spreads requests over its targets and their replicas.'),
  transport: words('transport', TRANSPORTS, 'How the requests of a link travel.'),
  ...WORKLOAD_TOPICS,
  ...SCENARIO_TOPICS,
  ...EXPERIMENT_TOPICS,
  threads: words('threads', THREADS, 'How the replicas are spread over worker threads; at the top of the file.'),
}
