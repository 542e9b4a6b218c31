import { FRAMING } from './framing-cases.ts'
import { type AbuseCase, get, HOST, post } from './message.ts'

const one = (what: string, message: (path: string) => string): AbuseCase => ({ what, message })
const field = (what: string, line: string): AbuseCase => one(what, path => get(path, `${line}\r\n`))

const FIELDS: readonly AbuseCase[] = [
  field('folded field (obs-fold)', 'X-A: a\r\n b'),
  field('line ended by a bare LF', 'X-A: a\nX-B: b'),
  one('all lines ended by a bare LF', path => get(path).replaceAll('\r\n', '\n')),
  field('bare CR in a value', 'X-A: a\rX-B: b'),
  field('NUL in a value', 'X-A: a\0b'),
  field('space before the colon', 'X-A : a'),
  field('space in a name', 'X A: a'),
  field('empty name', ': a'),
  field('no colon', 'nonsense'),
  field('name beyond ASCII', 'X-\xe9: a'),
  one('no Host', path => `GET ${path} HTTP/1.1\r\n\r\n`),
  field('two Hosts', 'Host: other.test'),
  field('`Connection: content-length`', 'Connection: content-length, host'),
  field('`Upgrade: h2c`', 'Connection: upgrade, http2-settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk'),
]

const REQUEST_LINES: readonly AbuseCase[] = [
  one('HTTP/1.0', path => get(path, '', 'HTTP/1.0')),
  one('HTTP/1.0 with chunks', path =>
    post(path, 'Transfer-Encoding: chunked\r\n', '3\r\nabc\r\n0\r\n\r\n', 'HTTP/1.0'),
  ),
  one('HTTP/1.2', path => get(path, '', 'HTTP/1.2')),
  one('HTTP/0.9', path => `GET ${path}\r\n\r\n`),
  one('HTTP/2 preface', () => 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  one('TLS greeting', () => `\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03${'\x00'.repeat(40)}\r\n\r\n`),
  one('absolute-form target', path => get(`http://lab.test${path}`)),
  one('absolute-form target of another host', path => get(`http://other.test${path}`)),
  one('`OPTIONS *`', () => `OPTIONS * HTTP/1.1\r\n${HOST}\r\n`),
  one('CONNECT', () => `CONNECT lab.test:80 HTTP/1.1\r\n${HOST}\r\n`),
  one('NUL in the path', path => get(`${path}/\0`)),
  one('space in the path', path => get(`${path}/a b`)),
  one('tab in the path', path => get(`${path}/a\tb`)),
  one('path in Latin-1', path => get(`${path}/caf\xe9`)),
  one('overlong UTF-8', path => get(`${path}/\xc0\xae\xc0\xae`)),
  one('two spaces before the version', path => get(path, '', ' HTTP/1.1')),
  one('space before the method', path => ` ${get(path)}`),
  one('empty line before the request', path => `\r\n${get(path)}`),
  one('method in lower case', path => get(path).replace('GET', 'get')),
  one('half a request line, then silence', path => `GET ${path}`),
  one('half a header section, then silence', path => `GET ${path} HTTP/1.1\r\n${HOST}X-A: `),
  one('nothing, then silence', () => ''),
]

const SIZES: readonly AbuseCase[] = [
  one('URL of 9 kB', path => get(`${path}/${'a'.repeat(9000)}`)),
  one('URL of 100 kB', path => get(`${path}/${'a'.repeat(100_000)}`)),
  field('header section of 20 kB', `X-A: ${'a'.repeat(7000)}\r\nX-B: ${'b'.repeat(7000)}\r\nX-C: ${'c'.repeat(6000)}`),
  field('header section of 100 kB', `X-A: ${'a'.repeat(100_000)}`),
  one('1000 fields', path => get(path, 'a: b\r\n'.repeat(1000))),
  one('body announced as 2 MB', path => post(path, 'Content-Length: 2097152\r\n')),
  one('half a body, then silence', path => post(path, 'Content-Length: 10\r\n', 'half')),
  one('half a chunk, then silence', path => post(path, 'Transfer-Encoding: chunked\r\n', '10\r\nhalf')),
]

/** By group, as the table shows them. */
export const CASES: Readonly<Record<string, readonly AbuseCase[]>> = {
  'Length of the body': FRAMING,
  'Request line': REQUEST_LINES,
  'Header fields': FIELDS,
  Sizes: SIZES,
}
