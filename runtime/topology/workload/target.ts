import { didYouMean } from '../did-you-mean.ts'
import { isSecret, noteSecret } from '../resolve/secrets.ts'
import { child, keysOf, quoted, type Scalar } from '../tree.ts'
import type { WorkloadSpec } from '../workload-spec.ts'
import type { Block } from './block.ts'

/** Where the requests of a workload go: `entry` or `url`; `undefined` after a problem. */
export function resolveTarget(block: Block): WorkloadSpec['target'] | undefined {
  const [entry, url] = [block.entry('entry'), block.entry('url')]
  if (entry && url) {
    const message = 'the target is given twice, by "entry" and by "url"'
    return block.failKey('TOPOLOGY_SETTINGS_CONFLICT', 'url', message, 'leave one of them out')
  }
  if (!entry && !url) {
    const { components } = block.scope
    const known = components
      ? `; ${didYouMean(
          '',
          keysOf(components).filter(name => closedReason(block, name) === undefined),
          'no component has a port',
        )}`
      : ''
    const hint = `write entry: and the name of a component with a port, or url: http://host:port${known}`
    return block.fail('TOPOLOGY_MISSING_SETTING', 'entry', `${block.what} needs "entry"`, hint)
  }
  return entry ? entryTarget(block) : urlTarget(block)
}

function entryTarget(block: Block): { entry: string } | undefined {
  const tree = block.tree('entry')
  if (tree?.type !== 'scalar') return undefined
  const { components } = block.scope
  const name = String(tree.value)
  const names = keysOf(components)
  if (!names.includes(name)) {
    const hint = didYouMean(tree.template === undefined ? name : '', names)
    return block.fail('TOPOLOGY_UNKNOWN_COMPONENT', 'entry', `no component is called ${quoted(tree)}`, hint)
  }
  const reason = closedReason(block, name)
  if (reason !== undefined) {
    const open = names.filter(one => closedReason(block, one) === undefined)
    const instead = open.length > 0 ? `, or enter at ${open.join(', ')}` : ''
    return block.fail(
      'TOPOLOGY_ENTRY_CLOSED',
      'entry',
      `nobody outside of the lab reaches ${quoted(tree)}: ${reason[0]}`,
      reason[1] + instead,
    )
  }
  return { entry: name }
}

/** Why requests from outside cannot enter at a component, and what to do. */
function closedReason({ scope }: Block, name: string): readonly [string, string] | undefined {
  const component = child(scope.components, name)
  // What is wrong with a component that is no mapping has been told.
  if (component?.type !== 'mapping') return undefined
  if (!component.entries.has('port') && !component.entries.has('ports')) {
    return ['it has no port', 'give it a port']
  }
  const access = child(component, 'access')
  if (access?.type === 'scalar' && access.value === 'links') {
    return ['it has access: links', 'write access: anyone']
  }
  return undefined
}

const URL_FORM = 'write http://host:port, or http://host:port/base for a path in front of all paths'

function urlTarget(block: Block): { url: string } | undefined {
  const tree = block.tree('url')
  if (tree?.type !== 'scalar') return undefined
  const found = baseAddress(tree)
  if ('message' in found) return block.fail('TOPOLOGY_BAD_FORMAT', 'url', found.message, found.hint)
  if (isSecret(tree)) noteSecret(block.scope.secrets, found, 'url')
  return found
}

/** An address as the URL standard writes it, without a slash at its end; or what is wrong with it. */
function baseAddress(tree: Scalar): { url: string } | { message: string; hint: string } {
  const text = String(tree.value).trim()
  const wrong = (message: string, hint = URL_FORM) => ({ message: `${quoted(tree)} ${message}`, hint })
  // Not quoted: it may hold a password.
  if (/^[a-z][a-z0-9+.-]*:[/\\]*[^/?#]*@/i.test(text)) {
    const hint = 'write headers: { Authorization: ... } of the requests, or a login'
    return { message: 'the address has a user in it', hint }
  }
  // The standard takes a lot: "http:host" and "http:///host" are addresses for it.
  if (!/^https?:\/\/[^/]/i.test(text)) return wrong('is no http or https address')
  if (/\s/.test(text)) return wrong('has a blank in it')
  if (text.includes('?')) return wrong('has a query', 'a query stands in requests: GET /data?full=1')
  if (text.includes('#')) return wrong('has a fragment, which is never sent')
  if (!URL.canParse(text)) return wrong('is no address')
  const { protocol, host, pathname } = new URL(text)
  return { url: `${protocol}//${host}${pathname.replace(/\/+$/, '')}` }
}
