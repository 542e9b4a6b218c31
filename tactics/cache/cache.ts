import { defineTactic } from '@archlab/runtime/kit'
import { Caching } from './caching.ts'
import { counters, gauges } from './meters.ts'
import { check, settings } from './settings.ts'

/** Answers from kept replies where it can. */
export default defineTactic({
  name: 'cache',
  summary: 'Keeps replies for a while and answers from them.',
  about:
    'Only GET and HEAD without body, range or condition are answered, and only replies that say nothing against it are ' +
    'kept (Cache-Control, Set-Cookie, Vary: *). Cache-Status tells what happened, Age how old the reply is. Concurrent ' +
    'misses of one key make one call, which goes on when its callers have gone, and its reply goes to all of them. A ' +
    'reply that varies with fields of the request (Vary) is kept once for each of their values. After ttl a reply may ' +
    'still be given while a fresh one is fetched (stale-while-revalidate), or when the origin fails (stale-if-error); ' +
    'a reply can shorten these times, and must-revalidate forbids both. Entries lie in own memory, one set for each ' +
    'replica, or in a cache component (store), one for all; a store that fails or is slow is passed by. Of a store with ' +
    'several replicas or components the policy of its link picks one for each request, which gets the entry if it has none: ' +
    'random and round-robin make a copy in each, consistent-hash one in all. Without key, ' +
    'entries are separate for each Authorization, and a write that succeeds (POST, PUT, PATCH, DELETE) makes those of ' +
    'its URI invalid, in this replica and as far as they are its own in the store. With key there is one entry for ' +
    'everybody, which writes do not touch: combine it with match.',
  realises: 'maintain multiple copies of data',
  settings,
  counters,
  gauges,
  figures: () => ({
    cached: {
      doc: 'Share of the requests that a kept reply answered.',
      part: ['hit', 'stale_on_error'],
      whole: ['hit', 'miss', 'bypassed'],
    },
  }),
  example: '- cache: { ttl: 30s, stale-while-revalidate: 30s, stale-if-error: 10m }',
  check,
  model: ({ ttlMs, maxEntries, key, store }) => [
    {
      type: 'keep',
      ttlMs,
      entries: maxEntries,
      key: key ?? null,
      store: store === undefined ? null : { setting: 'store', read: 'GET /cache/:key', write: 'POST /cache/:key' },
      methods: ['GET', 'HEAD'],
    },
  ],

  create(context) {
    const caching = new Caching(context)
    context.scope.defer(() => caching.close())
    return next => request => caching.handle(request, next)
  },
})
