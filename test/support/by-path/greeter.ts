import { defineComponent, json, text } from '@archlab/runtime/kit'

export default defineComponent({
  kind: 'greeter',
  summary: 'Greets.',
  settings: { greeting: text({ doc: 'What it says.' }) },
  counters: { greeted: 'Greetings.' },
  example: 'greeter: { kind: ./greeter.ts, greeting: hello }',
  create:
    ({ settings, count }) =>
    () => {
      count.greeted.add()
      return json(200, { greeting: settings.greeting })
    },
})
