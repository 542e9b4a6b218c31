import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock } from '@archlab/runtime/testing'
import { newCounts } from '../../record/outcomes.ts'
import { openDisplay } from './display.ts'
import type { LoadView } from './load-view.ts'

const VIEW: LoadView = {
  atMs: 1000,
  warmupMs: 0,
  durationMs: 10_000,
  requestsMax: null,
  isEnding: false,
  counts: newCounts(),
  inFlight: 0,
  perSecond: 0,
  p50: null,
  p95: null,
  p99: null,
  components: null,
  refusals: [],
}

/** What a terminal shows after some output: only moves up and erasures to the end are understood, which is all there is. */
class Terminal {
  readonly isTerminal: boolean
  columns = 100
  rows = 24
  writes = 0
  #lines: string[] = ['']

  constructor(isTerminal = true) {
    this.isTerminal = isTerminal
  }

  write(text: string): void {
    this.writes += 1
    for (const part of text.split(/(\x1b\[\d+A\x1b\[0J|\n)/)) {
      const up = /^\x1b\[(\d+)A/.exec(part)
      if (up) {
        const left = this.#lines.length - 1 - Number(up[1])
        assert.ok(left >= 0, 'moved above its own first line')
        this.#lines = [...this.#lines.slice(0, left), '']
      } else if (part === '\n') this.#lines.push('')
      else {
        assert.ok(!part.includes('\x1b'), `not understood: ${JSON.stringify(part)}`)
        this.#lines[this.#lines.length - 1] += part
      }
    }
  }

  get lines(): string[] {
    return this.#lines.slice(0, -1)
  }
}

test('a block is redrawn in its place, at most four times a second, and always shows the latest', async () => {
  const [terminal, clock] = [new Terminal(), new FakeClock()]
  const display = openDisplay(terminal, clock, 'a title')
  for (let at = 0; at <= 100; at++) {
    display.show({ ...VIEW, atMs: at * 10 })
    await clock.advance(10)
  }
  assert.ok(terminal.writes <= 5, `${terminal.writes} times in a second`)
  await clock.advance(250)
  assert.equal(terminal.lines[0], 'a title')
  assert.match(terminal.lines[1]!, /1\.0 s of 10\.0 s, 9\.0 s left/)
  assert.equal(terminal.lines.filter(line => line === 'a title').length, 1)
  display.close()
})

test('notes stay above the block; closing takes the block away and draws nothing more', async () => {
  const [terminal, clock] = [new Terminal(), new FakeClock()]
  terminal.write('$ archlab load\n')
  const display = openDisplay(terminal, clock, 'a title')
  display.note('before')
  display.show(VIEW)
  display.note('a replica died')
  assert.deepEqual(terminal.lines.slice(0, 4), ['$ archlab load', 'before', 'a replica died', 'a title'])
  display.show({ ...VIEW, atMs: 2000 })
  display.close()
  await clock.advance(10_000)
  assert.deepEqual(terminal.lines, ['$ archlab load', 'before', 'a replica died'])
  assert.equal(clock.pending, 0)
})

test('the block fits into any terminal', () => {
  const statuses = Object.fromEntries(
    Array.from({ length: 40 }, (_, at) => [`component-${at}`, { 200: at, 503: 40 - at }]),
  )
  for (const [columns, rows] of [
    [20, 5],
    [1, 1],
    [300, 100],
    [80, 24],
  ] as const) {
    const terminal = new Terminal()
    Object.assign(terminal, { columns, rows })
    openDisplay(terminal, new FakeClock(), 'x'.repeat(500)).show({ ...VIEW, components: statuses })
    assert.ok(terminal.lines.length <= Math.max(1, rows - 1))
    for (const line of terminal.lines) assert.ok(line.length <= Math.max(1, columns - 1))
  }
})

test('elsewhere than on a terminal there is a line every five seconds, without a control character', async () => {
  const [pipe, clock] = [new Terminal(false), new FakeClock()]
  const display = openDisplay(pipe, clock, 'a title')
  for (let at = 0; at < 80; at++) {
    display.show({ ...VIEW, atMs: at * 250, components: { 'ed\x1bge': {} } })
    await clock.advance(250)
  }
  display.note('a note')
  display.close()
  display.show(VIEW)
  assert.equal(pipe.lines.length, 1 + 3 + 1)
  assert.deepEqual([pipe.lines[0], pipe.lines.at(-1)], ['a title', 'a note'])
  assert.match(pipe.lines[1]!, /^5\.0 s /)
})
