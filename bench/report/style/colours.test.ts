import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

const STYLE = readFileSync(new URL('./colours.css', import.meta.url), 'utf8')

/** Colours of the first rule with a selector. */
function paletteOf(selector: RegExp): Map<string, string> {
  const [, rule] = selector.exec(STYLE)!
  return new Map([...rule!.matchAll(/(--[\w-]+): (#[0-9a-f]{6});/g)].map(([, name, colour]) => [name!, colour!]))
}

const PALETTES = {
  light: paletteOf(/:root,\s*\.paper \{([^}]*)\}/),
  dark: paletteOf(/prefers-color-scheme: dark\) \{\s*:root \{([^}]*)\}/),
}

/** Relative luminance, WCAG 2.2. */
function luminance(colour: string): number {
  const [red, green, blue] = [1, 3, 5].map(at => {
    const share = Number.parseInt(colour.slice(at, at + 2), 16) / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  }) as [number, number, number]
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

function contrast(one: string, other: string): number {
  const [low, high] = [luminance(one), luminance(other)].sort((left, right) => left - right) as [number, number]
  return (high + 0.05) / (low + 0.05)
}

/** Grounds that text in a colour stands on. */
const BOXES = ['refusing', 'failing'].flatMap(tone => [1, 2, 3].map(level => `--box-${tone}-${level}`))
const TEXTS: Readonly<Record<string, readonly string[]>> = {
  '--text': ['--ground', '--box', ...BOXES],
  '--dim': ['--ground', '--box', ...BOXES],
  '--warn': ['--ground', '--box', ...BOXES],
  '--accent': ['--ground'],
  '--good': ['--ground'],
  '--bad': ['--ground'],
}

/** Marks that have to be told from what is beside them: 3 to 1 is enough (WCAG 2.2, 1.4.11). */
const MARKS: readonly (readonly [string, string])[] = [
  ['--series-1', '--ground'],
  ['--series-2', '--ground'],
  ['--series-3', '--ground'],
  ['--series-1', '--warmup'],
  ['--series-3', '--warmup'],
  ['--refused-stripe', '--ok'],
  ['--failed-stripe', '--ok'],
  ['--refused-stripe', '--ground'],
  ['--failed-stripe', '--ground'],
]

for (const [scheme, palette] of Object.entries(PALETTES)) {
  test(`in the ${scheme} palette text can be read on every ground it stands on, and marks can be told apart`, () => {
    const colour = (name: string): string => palette.get(name) ?? assert.fail(`no ${name}`)
    for (const [text, grounds] of Object.entries(TEXTS)) {
      for (const ground of grounds) {
        const found = contrast(colour(text), colour(ground))
        assert.ok(found >= 4.5, `${text} on ${ground}: ${found.toFixed(2)}`)
      }
    }
    for (const [mark, ground] of MARKS) {
      const found = contrast(colour(mark), colour(ground))
      assert.ok(found >= 3, `${mark} beside ${ground}: ${found.toFixed(2)}`)
    }
  })
}

test('both palettes have the same colours', () => {
  assert.deepEqual([...PALETTES.dark.keys()].sort(), [...PALETTES.light.keys()].sort())
})
