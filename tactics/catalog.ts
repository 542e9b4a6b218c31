import type { Catalog } from '@archlab/runtime/kit'

const at = (name: string): string => new URL(`./${name}/${name}.ts`, import.meta.url).href

/** Tactic → module. A new tactic is one folder and one line here. */
export const tactics: Catalog = {
  'rate-limit': at('rate-limit'),
  auth: at('auth'),
  cache: at('cache'),
  timeout: at('timeout'),
  'circuit-breaker': at('circuit-breaker'),
  bulkhead: at('bulkhead'),
  retry: at('retry'),
  hedge: at('hedge'),
  fallback: at('fallback'),
  fault: at('fault'),
  'read-replica': at('read-replica'),
  'restrict-login': at('restrict-login'),
}
