import { type AbuseCase, get, post } from './message.ts'

/*
 * Messages whose end two readers could see at different places: request smuggling (RFC 9112 §11.2). What the body holds behind
 * one of the two ends is a request for `/smuggled`, which nobody may see.
 */

const smuggled = (path: string): string => get(`${path}/smuggled`)
const CHUNKS = '3\r\nabc\r\n0\r\n\r\n'

const length = (what: string, fields: string): AbuseCase => ({
  what,
  message: path => post(path, fields, `abc${smuggled(path)}`),
})
/** Nothing behind it: a proxy that holds a request may end the connection because of a second one. */
const alone = (what: string, fields: string, body: string): AbuseCase => ({
  what,
  message: path => post(path, fields, body),
})
const coding = (what: string, fields: string): AbuseCase => ({
  what,
  message: path => post(path, fields, `${CHUNKS}${smuggled(path)}`),
})
const chunks = (what: string, body: string): AbuseCase => ({
  what,
  message: path => post(path, 'Transfer-Encoding: chunked\r\n', `${body}${smuggled(path)}`),
})

export const FRAMING: readonly AbuseCase[] = [
  length('two different lengths', 'Content-Length: 3\r\nContent-Length: 4\r\n'),
  alone('the same length twice', 'Content-Length: 3\r\nContent-Length: 3\r\n', 'abc'),
  length('two lengths in one field', 'Content-Length: 3, 3\r\n'),
  length('negative length', 'Content-Length: -1\r\n'),
  length('length with a sign', 'Content-Length: +3\r\n'),
  length('hexadecimal length', 'Content-Length: 0x3\r\n'),
  length('length beyond 64 bits', 'Content-Length: 18446744073709551619\r\n'),
  length('empty length', 'Content-Length:\r\n'),
  length('space before the colon of a length', 'Content-Length : 3\r\n'),
  {
    what: 'length and chunks (CL.TE)',
    message: path => post(path, 'Content-Length: 5\r\nTransfer-Encoding: chunked\r\n', `0\r\n\r\n${smuggled(path)}`),
  },
  {
    what: 'chunks and length (TE.CL)',
    message: path => post(path, 'Transfer-Encoding: chunked\r\nContent-Length: 5\r\n', `0\r\n\r\n${smuggled(path)}`),
  },
  { what: 'length on GET', message: path => `${get(path, 'Content-Length: 3\r\n')}abc` },
  alone('chunks', 'Transfer-Encoding: chunked\r\n', CHUNKS),
  alone('`CHUNKED`', 'Transfer-Encoding: CHUNKED\r\n', CHUNKS),
  alone('tab before `chunked`', 'Transfer-Encoding:\tchunked\r\n', CHUNKS),
  coding('`gzip, chunked`', 'Transfer-Encoding: gzip, chunked\r\n'),
  coding('`chunked, identity`', 'Transfer-Encoding: chunked, identity\r\n'),
  alone('`chunked` twice', 'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n', CHUNKS),
  coding('`identity`', 'Transfer-Encoding: identity\r\n'),
  coding('`xchunked`', 'Transfer-Encoding: xchunked\r\n'),
  coding('vertical tab before `chunked`', 'Transfer-Encoding: \x0bchunked\r\n'),
  coding('space before the colon of a coding', 'Transfer-Encoding : chunked\r\n'),
  coding('folded coding', 'Transfer-Encoding:\r\n chunked\r\n'),
  alone('chunk extension', 'Transfer-Encoding: chunked\r\n', '3;a=b\r\nabc\r\n0\r\n\r\n'),
  alone('trailer', 'Transfer-Encoding: chunked\r\n', '3\r\nabc\r\n0\r\nX-T: t\r\n\r\n'),
  chunks('trailer that looks like a length', '3\r\nabc\r\n0\r\nContent-Length: 3\r\n\r\n'),
  {
    what: 'trailer that holds a request',
    message: path => post(path, 'Transfer-Encoding: chunked\r\n', `3\r\nabc\r\n0\r\nX:${smuggled(path)}`),
  },
  chunks('chunk extension with a bare LF', '3;a\nb\r\nabc\r\n0\r\n\r\n'),
  chunks('chunk size that is no number', 'zz\r\nabc\r\n0\r\n\r\n'),
  chunks('negative chunk size', '-1\r\nabc\r\n0\r\n\r\n'),
  chunks('chunk size with 0x', '0x3\r\nabc\r\n0\r\n\r\n'),
  chunks('chunk size beyond 64 bits', '10000000000000003\r\nabc\r\n0\r\n\r\n'),
  chunks('space before a chunk size', ' 3\r\nabc\r\n0\r\n\r\n'),
  chunks('chunks ended by a bare LF', '3\nabc\n0\n\n'),
  chunks('chunk longer than its size', '3\r\nabcdef\r\n0\r\n\r\n'),
  chunks('chunk without a line break behind it', '3\r\nabc0\r\n\r\n'),
  {
    what: 'request behind one whose URL is too long',
    message: path => get(`${path}/${'a'.repeat(9000)}`) + smuggled(path),
  },
]

/** Its length is not seen by a reader who takes an empty name for the end of the fields. */
export const HIDDEN_LENGTH: AbuseCase = {
  what: 'length behind an empty name',
  message: path => `${get(path, `: a\r\nContent-Length: ${smuggled(path).length}\r\n`)}${smuggled(path)}`,
}
