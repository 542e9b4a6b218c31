import { defineComponent, json, size } from '@archlab/runtime/kit'

/** A prepared answer of a chosen size: what is measured is the way of its bytes. */
export default defineComponent({
  kind: 'payload',
  summary: 'Answers every request at once with {"data":"xx…"}, so many x as told.',
  settings: { size: size({ doc: 'Length of the text in the answer.', default: '0b' }) },
  example: `
payload:
  kind: ./payload.ts
  port: 18000
  size: 4kb
`,
  create({ settings }) {
    const reply = json(200, { data: 'x'.repeat(settings.sizeBytes) })
    return () => reply
  },
})
