import type { Catalog } from '@archlab/runtime/kit'

const at = (name: string): string => new URL(`./${name}/${name}.ts`, import.meta.url).href

/** Kind → module. A new kind is one folder and one line here. */
export const components: Catalog = {
  'load-balancer': at('load-balancer'),
  'api-gateway': at('api-gateway'),
  microservice: at('microservice'),
  cache: at('cache'),
  database: at('database'),
  worker: at('worker'),
  login: at('login'),
  service: at('service'),
  analytics: at('analytics'),
  station: at('station'),
}
