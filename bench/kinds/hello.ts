import { defineComponent, json } from '@archlab/runtime/kit'

/** The least a component can do: the answer is prepared, so what is measured is the way to it. */
export default defineComponent({
  kind: 'hello',
  summary: 'Answers every request at once with {"message":"hello"}.',
  settings: {},
  example: `
hello:
  kind: ./hello.ts
  port: 18000
`,
  create() {
    const reply = json(200, { message: 'hello' })
    return () => reply
  },
})
