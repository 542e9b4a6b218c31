/**
 * Widths of characters as shares of the font size, after DejaVu Sans, one of the widest faces that a reader's machine may
 * choose: text set in a narrower face stays inside of its box.
 */
const WIDTHS: readonly (readonly [RegExp, number])[] = [
  [/[ijl|'!.,:;]/, 0.34],
  [/[ftr()[\]{} /\\"-]/, 0.4],
  [/[mMW@%…×→]/, 0.99],
  [/[wA-Z&#~+=<>_]/, 0.8],
  [/[\u0020-\u024f]/, 0.64],
]

/** Width of a text in pixels, an upper bound for usual fonts. `fontPx`: size of the font in pixels. */
export function textWidth(text: string, fontPx: number, bold = false): number {
  let width = 0
  for (const character of text) width += WIDTHS.find(([pattern]) => pattern.test(character))?.[1] ?? 1
  return width * fontPx * (bold ? 1.1 : 1)
}
