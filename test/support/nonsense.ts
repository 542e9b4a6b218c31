import { defineComponent, Reply } from '@archlab/runtime/kit'

// What a module in plain JavaScript may do although the types forbid it.
const Anything = Reply as unknown as new (...fields: unknown[]) => unknown

/** Answers that no transport can carry, by the path they are given at. */
export const NONSENSE: Readonly<Record<string, () => unknown>> = {
  undefined: () => undefined,
  null: () => null,
  number: () => 7,
  text: () => 'x',
  object: () => ({}),
  plain: () => ({ status: 200, headers: '', body: 'x' }),
  'later-undefined': () => Promise.resolve(),
  'rejected-undefined': () => Promise.reject(),
  'throws-null': () => {
    throw null
  },
  'throws-bare-object': () => {
    throw Object.create(null)
  },
  'throws-odd-stack': () => {
    throw Object.assign(new Error('odd'), { stack: 7 })
  },
  'status-99': () => new Anything(99),
  'status-100': () => new Anything(100),
  'status-101': () => new Anything(101),
  'status-600': () => new Anything(600),
  'status-not-a-number': () => new Anything(Number.NaN),
  'status-fraction': () => new Anything(200.5),
  'status-text': () => new Anything('200 OK\r\nx: y'),
  'headers-null': () => new Anything(200, null),
  'headers-object': () => new Anything(200, { a: 1 }),
  'headers-no-block': () => new Anything(200, 'content-type: text/plain'),
  'headers-second-reply': () => new Anything(200, '\nx-a: b\r\n\r\nHTTP/1.1 200 OK'),
  'body-number': () => new Anything(200, '', 7),
  'body-null': () => new Anything(200, '', null),
  'body-object': () => new Anything(200, '', { a: 1 }),
  'body-function': () => new Anything(200, '', () => 1),
  'body-symbol': () => new Anything(200, '', Symbol('x')),
  'body-words': () => new Anything(200, '', new Uint16Array([1, 2])),
  'replica-object': () => new Anything(200, '', '', {}),
}

/** A component with bugs of every kind. */
export default defineComponent({
  kind: 'nonsense',
  summary: 'Answers what is no reply.',
  settings: {},
  example: 'nonsense: { kind: ./nonsense.ts }',
  create: () => request => {
    const answer = NONSENSE[request.path.slice(1)]
    return answer ? (answer() as Reply) : new Reply(200)
  },
})
