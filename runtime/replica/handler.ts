import { type ComponentDefinition, compose, type Handler, type Link } from '../kit/index.ts'
import { adoptSources } from '../own-modules/own-modules.ts'
import { moduleContext, type Surroundings } from './instrument.ts'
import { type Links, openRoute } from './links.ts'
import { loadDefinition } from './load-definition.ts'
import type { Change, Own } from './pieces.ts'

/** A replica's handler: its component with its links, and the component's tactics around it. */
export async function openHandler(surroundings: Surroundings, links: Links): Promise<Handler> {
  const change = links.change()
  const handler = await changedHandler(surroundings, links, change)
  change.commit()
  return handler
}

/** The same, of pieces that are there already as far as they are to stay as they are. */
export async function changedHandler(surroundings: Surroundings, links: Links, change: Change): Promise<Handler> {
  const { plan } = surroundings.birth
  adoptSources(plan.sources)
  const opened = new Map<string, Link>()
  for (const link of plan.links) opened.set(link.name, await links.open(link, surroundings, change))
  const { module, settings, prepared, routes } = plan
  const published = plan.links.map(link => [link.name, link.published])
  const core = await change.piece(plan.component, { module, settings, prepared, routes, published }, own =>
    createComponent(surroundings, own, opened),
  )
  return compose(await links.wraps(plan.tactics, surroundings, change), core)
}

async function createComponent(
  surroundings: Surroundings,
  own: Own,
  links: ReadonlyMap<string, Link>,
): Promise<Handler> {
  const { birth, simulation } = surroundings
  const { plan } = birth
  const definition = await loadDefinition<ComponentDefinition>(plan.module)
  const context = {
    ...moduleContext(surroundings, own, { ...plan, address: plan.component }, definition.settings),
    link: (name: string) => links.get(name),
    routes: plan.routes.map(route => openRoute(route, links.get(route.link)!)),
    prepared: plan.prepared,
  }
  return simulation && definition.simulate
    ? definition.simulate({ ...context, ...simulation })
    : definition.create(context)
}
