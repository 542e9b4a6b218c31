/**
 * Why a server refuses a request, or a connection, before a component sees it. Names of settings where a limit is reached, of
 * parts of the message where its framing is unclear.
 */
export const REFUSALS = [
  'access',
  'body-limit',
  'body-timeout',
  'coding',
  'connection-limit',
  'header-limit',
  'host',
  'length',
  'target',
  'url-limit',
] as const

export type Refusal = (typeof REFUSALS)[number]
