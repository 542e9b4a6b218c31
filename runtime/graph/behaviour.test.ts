import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ComponentDefinition, duration, type EndpointModel } from '../kit/index.ts'
import type { ComponentSpec } from '../topology/topology.ts'
import { behaviourOf } from './behaviour.ts'
import { labOf } from './fixtures/lab-of.ts'

const spec = labOf({ a: { links: { store: 'b' } }, b: {} }).topology.components.a!

function definition(model?: (settings: { waitMs: number }) => EndpointModel[]): ComponentDefinition {
  const settings = { wait: duration({ doc: 'How long.', default: '5ms' }) }
  return {
    kind: 'thing',
    summary: '',
    settings,
    example: '',
    ...(model ? { model } : {}),
    create: () => () => null as never,
  }
}

const behaviour = (component: ComponentSpec, model?: (settings: { waitMs: number }) => EndpointModel[]) =>
  behaviourOf(component, definition(model))

test('a model is given the decoded settings, and its links are those of the component', () => {
  const { endpoints, modelled } = behaviour({ ...spec, settings: { wait: '2s' } }, ({ waitMs }) => [
    {
      match: 'GET /x',
      steps: [
        { type: 'work', meanMs: waitMs, resource: 'cpu' },
        { type: 'call', link: 'store', method: 'POST', path: '/y?z=1#top', chance: 0.5 },
      ],
    },
  ])
  assert.equal(modelled, true)
  assert.deepEqual(endpoints, [
    {
      match: { method: 'GET', path: '/x' },
      steps: [
        { type: 'work', chance: 1, meanMs: 2000, resource: 'cpu' },
        { type: 'call', chance: 0.5, link: spec.links[0], sends: { method: 'POST', path: '/y' } },
      ],
    },
  ])
})

test('a model that names a link or a match that does not exist is a bug of its kind', () => {
  const steps = (link: string) => [{ type: 'call', link, method: 'GET', path: '/' } as const]
  assert.throws(() => behaviour(spec, () => [{ match: '/*', steps: steps('nobody') }]), /a: model: calls "nobody"/)
  assert.throws(() => behaviour(spec, () => [{ match: 'x', steps: [] }]), /a: model: "x"/)
})

test('without a model every link of a component is called once, with what nobody knows', () => {
  const { endpoints, modelled } = behaviour(spec)
  assert.equal(modelled, false)
  assert.deepEqual(endpoints, [
    { match: { method: '*', path: '/*' }, steps: [{ type: 'call', chance: 1, link: spec.links[0], sends: 'unknown' }] },
  ])
})
