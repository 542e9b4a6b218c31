import { duration, integer, type Settings, size } from '../kit/index.ts'
import { bounds } from './setting-words.ts'

/** What a listener takes, beside the size of a body; see `ListenerLimits`. The upper bounds are those of the server library. */
export const LISTENER_SETTINGS: Settings = {
  'connection-limit': integer({
    doc: 'Connections that a replica holds at once; another one is answered 503 and closed.',
    min: 1,
    max: 1_000_000,
    default: 10_000,
  }),
  'header-limit': bounds(
    size({
      doc: 'Largest header section, as bytes of names and values; a larger one is answered 431.',
      default: '16kb',
    }),
    '256b',
    '32kb',
  ),
  'url-limit': bounds(
    size({ doc: 'Longest path and query together; a longer one is answered 414.', default: '8kb' }),
    '16b',
    '32kb',
  ),
  'body-timeout': bounds(
    duration({
      doc: 'How long a body may take from the end of the head to its own end; then the request is answered 408.',
      default: '30s',
    }),
    '100ms',
    '1h',
  ),
}
