import { Command, InvalidArgumentError } from 'commander'
import { statusText } from '../kit/index.ts'
import type { InjectionOutcome } from '../supervisor/index.ts'
import { type ControlOptions, postChange, withControl } from './control-client.ts'
import { colourOn, emitJson, paint, table } from './output.ts'

interface InjectOptions extends ControlOptions {
  header: Record<string, string[]>
  jsonBody?: { readonly value: unknown }
}

/** `archlab inject`: one request into a component of the running lab, with a port or without, and where its time went. */
export function injectCommand(): Command {
  const command = new Command('inject')
    .description('send one request into a component of the running lab, and show its hops with times')
    .argument('<target>', 'a component (its first ready replica), or a replica such as api/0')
    .argument('<request>', "the request line, e.g. 'GET /data'")
    .option('-H, --header <name: value>', 'a header field (repeatable)', field, {})
    .option('--json-body <json>', 'a body, sent as application/json', jsonValue)
    .addHelpText('after', '\nExit codes: 0 there is a reply, whatever its status, 2 wrong usage, 4 there is none.')
  return withControl(command).action(async (inject: string, request: string, options: InjectOptions) => {
    const { header: headers, jsonBody } = options
    const words = { inject, request, headers, ...(jsonBody ? { json: jsonBody.value } : {}) }
    const outcome = await postChange<InjectionOutcome>(options, '/requests', words)
    if (options.json) emitJson(outcome)
    else process.stdout.write(`${outcomeText(outcome, colourOn(process.stdout))}\n`)
  })
}

/** Status line, header fields and body as on the wire; then the hops. */
export function outcomeText(outcome: InjectionOutcome, colour: boolean): string {
  const { asked, replica, status, headers, body, encoding, hops, durationMs } = outcome
  const head = [`${status} ${statusText(status)}`, ...headers.map(([name, value]) => `${name}: ${value}`)]
  const content = encoding === 'base64' ? `(${Buffer.from(body, 'base64').length} bytes that are no text)` : body
  const rows = hops.map(hop => [hop.replica, hop.durationMs.toFixed(3)])
  const answered = replica === asked ? `${asked} answered` : `${replica} answered, by way of ${asked}`
  return [
    ...head,
    ...(content === '' ? [] : ['', content]),
    '',
    paint('dim', `${answered} in ${durationMs.toFixed(3)} ms`, colour),
    ...(rows.length === 0 ? [] : [table([['hop', 'ms'], ...rows], colour)]),
  ].join('\n')
}

/** For commander: `name: value`, which may be given again. */
function field(text: string, before: Record<string, string[]>): Record<string, string[]> {
  const [, name, value] = /^([^:\s]+):\s*(.*?)\s*$/s.exec(text) ?? []
  if (name === undefined) throw new InvalidArgumentError("Write 'name: value'.")
  return { ...before, [name]: [...(before[name] ?? []), value!] }
}

/** For commander: any JSON value. */
function jsonValue(text: string): { readonly value: unknown } {
  try {
    return { value: JSON.parse(text) }
  } catch (error) {
    throw new InvalidArgumentError(`It is not JSON: ${(error as Error).message}.`)
  }
}
