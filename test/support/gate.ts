import { defineTactic, Reply } from '@archlab/runtime/kit'

/** Keeps requests from what it stands before: `POST /gate?status=503` shuts it, `status=0` opens it, `/exit` ends the replica. */
export default defineTactic({
  name: 'gate',
  summary: 'Answers in the place of what it stands before while it is shut.',
  realises: 'nothing from a book',
  settings: {},
  example: '- ./gate.ts',
  create() {
    let status = 0
    return next => request => {
      if (request.path === '/exit') process.exit(7)
      if (request.path !== '/gate') return status === 0 ? next(request) : new Reply(status)
      status = Number(new URLSearchParams(request.query).get('status'))
      return new Reply(204)
    }
  },
})
