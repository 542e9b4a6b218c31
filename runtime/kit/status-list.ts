import type { Setting } from './settings.ts'
import { list, text } from './settings.ts'

const STATUS_MIN = 200
const STATUS_MAX = 599

/** `5xx`, or a code; what came from an environment variable is text. */
const PATTERN = '^[2-5]([xX]{2}|[0-9]{2})$'

type StatusListSetting<O> = Setting<readonly (string | number)[] | (O extends { optional: true } ? undefined : never)>

/**
 * Status codes and classes of them, `[5xx, 429]`; `compileStatuses` makes the decision of it. `default` and each value in
 * YAML: a final status code, 200 to 599, or `2xx`, `3xx`, `4xx`, `5xx`.
 */
export function statusList<
  const O extends { doc: string; optional?: true; default?: readonly (`${2 | 3 | 4 | 5}xx` | number)[] },
>(options: O): StatusListSetting<O> {
  const item = {
    ...text({ doc: 'A status code, such as 503, or a class of them, such as 5xx.', pattern: PATTERN }),
    type: ['string', 'integer'],
    minimum: STATUS_MIN,
    maximum: STATUS_MAX,
    'x-form': 'write a status code or a class of them: 503, 5xx',
  }
  return list(item, options) as unknown as StatusListSetting<O>
}

/** Whether a status is in the list, by one look into a table. Throws a RangeError for what `statusList` would refuse. */
export function compileStatuses(listed: readonly (string | number)[]): (status: number) => boolean {
  const table = new Uint8Array(STATUS_MAX + 1)
  for (const one of listed) {
    const written = String(one)
    if (!new RegExp(PATTERN).test(written)) throw new RangeError(`${written} is no status code and no class of them`)
    const first = Number(written.replace(/x/gi, '0'))
    table.fill(1, first, /x/i.test(written) ? first + 100 : first + 1)
  }
  return status => table[status] === 1
}
