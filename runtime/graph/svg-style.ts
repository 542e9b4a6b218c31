/** Kinds that get a colour of their own; further ones begin again. The colour only helps: the kind is written out. */
export const KIND_COLOURS = 8

/** Sizes of text in pixels. */
export const FONT = { title: 20, summary: 13, name: 14, small: 12, chip: 11, label: 11 } as const

const LIGHT = {
  canvas: '#ffffff',
  box: '#ffffff',
  rim: '#c3cad5',
  text: '#16202e',
  dim: '#566275',
  line: '#5f6c80',
  chip: '#eef2f8',
  chipRim: '#cfd8e5',
  tactic: '#a05a00',
  kinds: ['#2f6fde', '#0f8f6f', '#a04ecf', '#c9481f', '#6b7a10', '#c02f74', '#13859e', '#7a5c2e'],
}

const DARK: typeof LIGHT = {
  canvas: '#10151d',
  box: '#19212c',
  rim: '#3b4757',
  text: '#e8edf4',
  dim: '#a3b0c2',
  line: '#8c9bb0',
  chip: '#232e3c',
  chipRim: '#3f4d60',
  tactic: '#e3a04c',
  kinds: ['#7aa8ff', '#45cfa8', '#cf96f5', '#ff9067', '#b9c84f', '#ff83b9', '#55c9e3', '#d3b17c'],
}

/** The drawing's style sheet: light, and dark for readers who prefer it. Everything stands below `.archlab-graph`. */
export function styleSheet(): string {
  const root = '.archlab-graph'
  const rules = [
    `${root}{${variables(LIGHT)};font-family:system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif;background:var(--canvas)}`,
    `@media (prefers-color-scheme:dark){${root}{${variables(DARK)}}}`,
    `${root} text{fill:var(--text)}`,
    `${root} .canvas{fill:var(--canvas)}`,
    `${root} .title{font-size:${FONT.title}px;font-weight:700}`,
    `${root} .summary{font-size:${FONT.summary}px;fill:var(--dim)}`,
    `${root} .box{fill:var(--box);stroke:var(--rim);stroke-width:1.2}`,
    `${root} .name{font-size:${FONT.name}px;font-weight:700}`,
    `${root} .replicas{font-size:${FONT.name}px;font-weight:700;text-anchor:end}`,
    `${root} .kind{font-size:${FONT.small}px;fill:var(--dim)}`,
    `${root} .ports{font-size:${FONT.small}px;text-anchor:end}`,
    `${root} .chip{fill:var(--chip);stroke:var(--chipRim)}`,
    `${root} .chip-text{font-size:${FONT.chip}px;text-anchor:middle}`,
    // A rim in the colour of the ground, so that text stays readable where a line passes behind it.
    `${root} .label{font-size:${FONT.label}px;text-anchor:middle;paint-order:stroke;stroke:var(--canvas);stroke-width:5px;stroke-linejoin:round}`,
    `${root} .line{fill:none;stroke:var(--line);stroke-width:1.5}`,
    `${root} .line.tactic{stroke:var(--tactic);stroke-dasharray:5 4}`,
    `${root} .tip{fill:var(--line)}`,
    `${root} .tip.tactic{fill:var(--tactic)}`,
    `${root} .label.tactic{fill:var(--tactic)}`,
    `${root} .joint{fill:var(--box);stroke:var(--line);stroke-width:1.5}`,
    ...LIGHT.kinds.map((_, at) => `${root} .k${at}{fill:var(--k${at})}`),
  ]
  return rules.join('\n')
}

function variables({ kinds, ...others }: typeof LIGHT): string {
  const all = [...Object.entries(others), ...kinds.map((colour, at) => [`k${at}`, colour] as const)]
  return all.map(([name, colour]) => `--${name}:${colour}`).join(';')
}
