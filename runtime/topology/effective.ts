import { matchText } from '../kit/index.ts'
import type { ComponentSpec, LinkSpec, TacticSpec, Topology } from './topology.ts'

/** One thing that a request passes, declared or by default. */
export interface EffectiveStep {
  /** Name of a tactic, or of what the runtime does: `access`, `limits`, `timeout`, `outliers`, … */
  readonly step: string
  /** Settings in YAML words and units, defaults filled in. */
  readonly settings: Readonly<Record<string, unknown>>
  /** Requests that it is for, when not for all. */
  readonly match?: string
}

/** A way out of a component, with everything a call passes, outermost first. */
export interface EffectiveLink {
  readonly address: string
  /** Requests of the route, where the link is one. */
  readonly match?: string
  readonly to: readonly string[]
  readonly steps: readonly EffectiveStep[]
}

/** What every request to a component passes, outermost first, and what every call it makes does. */
export interface EffectiveComponent {
  readonly component: string
  readonly kind: string
  readonly inbound: readonly EffectiveStep[]
  readonly links: readonly EffectiveLink[]
}

/** The chains that really act in a topology, in order, with every default. */
export function effectiveChains(topology: Topology): EffectiveComponent[] {
  return Object.values(topology.components).map(component => ({
    component: component.name,
    kind: component.kind,
    inbound: inbound(component),
    links: linksOf(component).map(link => linkChain(link, component)),
  }))
}

function inbound(component: ComponentSpec): EffectiveStep[] {
  const { access, bodyLimitBytes, limits, drainTimeoutMs } = component
  const wire: EffectiveStep[] = component.listen
    ? [
        { step: 'access', settings: { access } },
        {
          step: 'limits',
          settings: {
            'connection-limit': limits.connections,
            'header-limit': bytesText(limits.headerBytes),
            'url-limit': bytesText(limits.urlBytes),
            'body-timeout': durationText(limits.bodyTimeoutMs),
          },
        },
        { step: 'body-limit', settings: { 'body-limit': bytesText(bodyLimitBytes) } },
      ]
    : []
  return [
    ...wire,
    ...component.tactics.map(tacticStep),
    { step: component.kind, settings: component.settings },
    { step: 'drain', settings: { 'drain-timeout': durationText(drainTimeoutMs) } },
  ]
}

/** Links of the component itself, then those that its tactics use. */
function linksOf(component: ComponentSpec): LinkSpec[] {
  const ofTactic = (tactic: TacticSpec): LinkSpec[] => tactic.links.flatMap(withInner)
  const withInner = (link: LinkSpec): LinkSpec[] => [link, ...link.tactics.flatMap(ofTactic)]
  return [...component.links.flatMap(withInner), ...component.tactics.flatMap(ofTactic)]
}

function linkChain(link: LinkSpec, component: ComponentSpec): EffectiveLink {
  const route = component.routes.find(({ link: name }) => name === link.name && component.links.includes(link))
  const { outliers, healthCheck, panicRatio, policy, slowStartMs } = link
  const steps: EffectiveStep[] = link.tactics.map(tacticStep)
  if (link.path !== null) steps.push({ step: 'path', settings: { path: link.path } })
  steps.push({ step: 'timeout', settings: { timeout: durationText(link.timeoutMs) } })
  if (outliers.failures > 0) {
    steps.push({
      step: 'outliers',
      settings: {
        failures: outliers.failures,
        ejection: durationText(outliers.ejectionMs),
        interval: durationText(outliers.intervalMs),
        'max-ejected': ratioText(outliers.maxEjectedRatio),
      },
    })
  }
  if (healthCheck) {
    steps.push({
      step: 'health-check',
      settings: {
        path: healthCheck.path,
        interval: durationText(healthCheck.intervalMs),
        timeout: durationText(healthCheck.timeoutMs),
        'unhealthy-after': healthCheck.unhealthyAfter,
        'healthy-after': healthCheck.healthyAfter,
      },
    })
  }
  steps.push({ step: 'panic', settings: { panic: ratioText(panicRatio) } })
  const chosen = { ...policy.settings, ...policy.weights }
  const bare = Object.keys(chosen).length === 0
  steps.push({ step: 'policy', settings: { policy: bare ? policy.name : { [policy.name]: chosen } } })
  if (slowStartMs > 0) steps.push({ step: 'slow-start', settings: { 'slow-start': durationText(slowStartMs) } })
  steps.push({ step: 'transport', settings: { transport: link.transport } })
  return { address: link.address, ...(route ? { match: matchText(route.match) } : {}), to: link.to, steps }
}

function tacticStep(tactic: TacticSpec): EffectiveStep {
  const core = {
    ...(tactic.scope === 'component' ? { scope: tactic.scope } : {}),
    ...(tactic.reportOnly ? { 'report-only': true } : {}),
  }
  const match = tactic.match === null ? {} : { match: matchText(tactic.match) }
  return { step: tactic.name, settings: { ...tactic.settings, ...core }, ...match }
}

const TIMES: readonly (readonly [string, number])[] = [
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
]

/** The largest unit that needs no fraction: 60000 → `1m`, 1500 → `1500ms`. */
export function durationText(valueMs: number): string {
  const [unit, sizeMs] = TIMES.find(([, size]) => valueMs >= size && valueMs % size === 0) ?? ['ms', 1]
  return `${valueMs / sizeMs}${unit}`
}

const SIZES: readonly (readonly [string, number])[] = [
  ['gb', 1024 ** 3],
  ['mb', 1024 ** 2],
  ['kb', 1024],
  ['b', 1],
]

function bytesText(bytes: number): string {
  const [unit, size] = SIZES.find(([, one]) => bytes >= one && bytes % one === 0) ?? ['b', 1]
  return `${bytes / size}${unit}`
}

const ratioText = (ratio: number): string => `${Number((ratio * 100).toFixed(6))}%`

/** The chains as text for a terminal. */
export function effectiveText(chains: readonly EffectiveComponent[], colour: boolean): string {
  return chains.map(chain => componentText(chain, colour)).join('\n\n')
}

function componentText(chain: EffectiveComponent, colour: boolean): string {
  const bold = (text: string): string => (colour ? `\u001b[1m${text}\u001b[22m` : text)
  const lines = [`${bold(chain.component)}  (${chain.kind})`, ...stepLines(chain.inbound, '  ')]
  for (const link of chain.links) {
    const match = link.match === undefined ? '' : `${link.match}  `
    lines.push(`  → ${match}${link.to.join(', ')}  (${link.address})`, ...stepLines(link.steps, '      '))
  }
  return lines.join('\n')
}

function stepLines(steps: readonly EffectiveStep[], margin: string): string[] {
  const width = Math.max(...steps.map(({ step }) => step.length))
  return steps.map(({ step, settings, match }) => {
    const only = match === undefined ? '' : `only ${match}  `
    return `${margin}${step.padEnd(width)}  ${only}${settingsText(settings)}`.trimEnd()
  })
}

/** Settings in YAML's flow style, without the outer braces: `max: 120, per: 60s`. */
export function settingsText(settings: Readonly<Record<string, unknown>>): string {
  return Object.entries(settings)
    .map(([name, value]) => `${name}: ${flow(value)}`)
    .join(', ')
}

/** A value in YAML's flow style. */
function flow(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flow).join(', ')}]`
  if (typeof value !== 'object' || value === null) return String(value)
  const inner = settingsText(value as Record<string, unknown>)
  return inner === '' ? '{}' : `{ ${inner} }`
}
