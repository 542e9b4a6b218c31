/** A message that is not as it should be, or beyond a limit. */
export interface AbuseCase {
  /** What is wrong with it, in a few words. */
  readonly what: string
  /** The bytes, as Latin-1; every path in it begins with `path`. */
  message(path: string): string
}

export const HOST = 'Host: lab.test\r\n'
export const get = (target: string, fields = '', version = 'HTTP/1.1'): string =>
  `GET ${target} ${version}\r\n${HOST}${fields}\r\n`
export const post = (target: string, fields: string, body = '', version = 'HTTP/1.1'): string =>
  `POST ${target} ${version}\r\n${HOST}${fields}\r\n${body}`
