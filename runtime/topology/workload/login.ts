import { isSecret, noteSecret } from '../resolve/secrets.ts'
import { quoted } from '../tree.ts'
import type { LoginSpec } from '../workload-spec.ts'
import type { Block } from './block.ts'
import { resolveHeaders } from './headers.ts'
import { resolveJson, resolveLine, targetOf } from './requests.ts'
import { LOGIN_SETTINGS } from './settings.ts'

const HINT = 'write login: { request: POST /login, json: { username: user1, password: secret } }'
const MISPLACED = {
  keys: 'the path of a login has no keys',
  size: 'write the body of a login as json',
  weight: 'a login is sent once',
  count: 'a login is sent once; per: user sends one for every user',
}

/** `login:` of a workload; `null` when there is none, `undefined` after a problem. */
export function resolveLogin(workload: Block): LoginSpec | null | undefined {
  if (!workload.entry('login')) return null
  const block = workload.below('login', { what: 'a login', table: LOGIN_SETTINGS, hint: HINT, misplaced: MISPLACED })
  if (!block) return undefined
  const line = resolveLine(block)
  const json = resolveJson(block, line)
  const headers = resolveHeaders(block, { hasToken: false })
  const [token, per] = [block.value<string>('token'), block.value<LoginSpec['per']>('per')]
  if (!line || token === undefined || per === undefined) return undefined
  if (line.names.length > 0) {
    const written = block.tree('request')
    const text = written?.type === 'scalar' ? quoted(written) : 'the path'
    const message = `${text} has a key, and the path of a login has none`
    return block.fail('TOPOLOGY_KEYS_DISAGREE', 'request', message, 'a brace is written %7B or %7D')
  }
  const spec = { request: targetOf(block, line), json, headers, token, per }
  for (const name of ['json', 'token']) {
    if (isSecret(block.tree(name))) noteSecret(block.scope.secrets, spec, name)
  }
  return spec
}
