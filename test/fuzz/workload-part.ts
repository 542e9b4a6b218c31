import assert from 'node:assert/strict'
import { workloadOf } from '@archlab/runtime/topology'
import fc from 'fast-check'
import { type FuzzPart, probe } from './part.ts'
import { checkProblems } from './problems.ts'
import { quick } from './quick.ts'
import { word } from './texts.ts'

/** A value that would do, with something before, behind or instead of it. */
const near = (...values: string[]): fc.Arbitrary<string> =>
  fc.tuple(fc.constantFrom(...values), word, fc.nat(5)).map(([value, bend, how]) => {
    return [value, value, value, value + bend, bend + value, bend][how]!
  })

const option = (name: string, text: fc.Arbitrary<string>) =>
  fc.option(
    text.map(one => ({ option: name, text: one })),
    { nil: undefined },
  )

const input = fc.record({
  url: option(
    '<url>',
    near('http://127.0.0.1:8000/data?full=1', '127.0.0.1:8000', 'http://[::1]:80/a/{id}', 'https://u:p@h/'),
  ),
  connections: option('-c', near('10', '1')),
  rate: option('--rate', near('1000/s', '50', '30/m')),
  process: option('--process', near('poisson', 'constant')),
  duration: option('-d', near('10s', '5', '250ms')),
  warmup: option('--warmup', near('1s', '0')),
  timeout: option('--timeout', near('1s', '100ms')),
  count: option('-n', near('100')),
  method: option('-X', near('GET', 'POST', 'DELETE')),
  headers: fc.array(
    near('X-Mine: text', 'Authorization: Bearer abc', 'Host: a', 'Cookie: a=b').map(text => ({ option: '-H', text })),
    { maxLength: 3 },
  ),
  json: option('--json', near('{"task":"report"}', '[1,2]', '"a"')),
  size: option('--size', near('10kb', '1mb')),
})

/** Options of `archlab load`: each set of them gives a workload, or problems with their places. */
export const workloadPart: FuzzPart = {
  name: 'workload',
  about: 'workloads as options of a command line: addresses, rates, times, header fields, bodies',
  alone: true,
  async prepare() {
    return probe({
      inputs: input,
      async check(options) {
        await quick(() => {
          const { workload, shown, problems, sources } = workloadOf(options)
          assert.equal(
            workload === null,
            problems.some(({ severity }) => severity === 'error'),
          )
          assert.equal(workload === null, shown === null)
          checkProblems(problems, sources)
          JSON.stringify(workload)
        })
      },
    })
  },
}
