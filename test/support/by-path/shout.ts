import { bodyText, defineTactic, text, whenReplied } from '@archlab/runtime/kit'

export default defineTactic({
  name: 'shout',
  summary: 'Makes replies louder.',
  realises: 'nothing from a book',
  settings: { mark: text({ doc: 'What is appended.' }) },
  counters: { shouted: 'Replies made louder.' },
  example: '- ./shout.ts: { mark: "!" }',
  create:
    ({ settings, count }) =>
    next =>
    request =>
      whenReplied(next(request), reply => {
        count.shouted.add()
        return reply.with({ body: `${bodyText(reply.body).toUpperCase()}${settings.mark}` })
      }),
})
