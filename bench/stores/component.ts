import { components } from '@archlab/components/catalog'
import { type ComponentDefinition, type Handler, type Reply, Request, systemClock } from '@archlab/runtime/kit'
import { fakeContext } from '@archlab/runtime/testing'
import { Missing, type Operations } from './store-case.ts'

/** A component without a lab around it: its handler, called directly. The hop to it is what `npm run bench` measures. */
export interface Bare {
  readonly handler: Handler
  close(): Promise<void>
}

/** Starts a component with these settings. Rejects with a `Missing` when its store cannot be reached. */
export async function startComponent(kind: string, settings: Record<string, unknown>): Promise<Bare> {
  const { default: definition } = (await import(components[kind]!)) as { default: ComponentDefinition }
  const context = fakeContext(definition, { settings, clock: systemClock })
  const handler = await definition.create(context)
  const close = (): Promise<void> => context.scope.close()
  const [trouble] = context.logged
  if (!trouble) return { handler, close }
  await close()
  throw new Missing(`${trouble.event} (${trouble.fields?.reason})`)
}

/** Operations that are requests to a component, all of them answered with `status`. */
export function asOperations({ handler, close }: Bare, requestAt: (at: number) => Request, status: number): Operations {
  const judge = (reply: Reply): void => {
    if (reply.status !== status) throw new Error(`answered ${reply.status}, not ${status}`)
  }
  return {
    run(at) {
      const outcome = handler(requestAt(at))
      return outcome instanceof Promise ? outcome.then(judge) : judge(outcome)
    },
    close,
  }
}

/** A request that has just arrived. */
export const arrived = (method: string, path: string, body = ''): Request =>
  new Request({ method, path, body, arrivedAtMs: systemClock.nowMs() })
