// Draws the flame graph from the data in the page, with d3-flame-graph; everything else is plain DOM.
;(() => {
  const data = JSON.parse(document.getElementById('flame-data').textContent)
  const chart = document.getElementById('chart')
  const chooser = document.getElementById('view')
  const search = document.getElementById('search')
  const details = document.getElementById('details')
  const found = document.getElementById('found')
  const create = globalThis.flamegraph.default
  const { differentialColorMapper } = globalThis.flamegraph.colorMapper
  const styles = getComputedStyle(document.documentElement)
  const colours = new Map()
  let flame

  const frameOf = node => data.frames[node.data.f]

  function colourOf(node) {
    if (node.highlight) return styles.getPropertyValue('--found').trim()
    if (data.isDifference) return differentialColorMapper(node, '')
    const { category } = frameOf(node)
    if (!colours.has(category)) colours.set(category, styles.getPropertyValue(`--${category}`).trim())
    return colours.get(category)
  }

  function amount(value) {
    const per = data.per ? value / data.per.count : value
    const [divisor, unit] = scaleOf(Math.abs(per))
    const text = `${(per / divisor).toLocaleString('en-US', { maximumSignificantDigits: 3 })} ${unit}`
    return data.per ? `${text} per ${data.per.word}` : text
  }

  function scaleOf(size) {
    if (data.unit === 'bytes') return size < 10_000 ? [1, 'B'] : size < 10_000_000 ? [1024, 'KiB'] : [1024 ** 2, 'MiB']
    return size < 1000 ? [1, 'µs'] : size < 1_000_000 ? [1000, 'ms'] : [1_000_000, 's']
  }

  function describe(node) {
    const { name, place } = frameOf(node)
    const whole = data.views[chooser.selectedIndex].root.v
    const share = `${((100 * node.data.v) / whole).toFixed(2)} %`
    const delta = data.isDifference ? `, ${node.data.d < 0 ? '−' : '+'}${amount(Math.abs(node.data.d))}` : ''
    return `${name}${place ? `  ${place}` : ''}  ${share}, ${amount(node.data.v)}${delta}`
  }

  const copy = ({ f, v, d, c }) => ({ f, v, d, name: data.frames[f].name, children: c?.map(copy) })

  function draw() {
    chart.replaceChildren()
    flame = create()
      .width(chart.clientWidth)
      .cellHeight(20)
      .minFrameSize(1)
      .transitionDuration(matchMedia('(prefers-reduced-motion: reduce)').matches ? 0 : 250)
      .sort((a, b) => b.data.v - a.data.v)
      .inverted(true)
      .setColorMapper(colourOf)
      .setLabelHandler(describe)
      .setSearchMatch((node, term) => matches(frameOf(node), term))
      .setSearchHandler((results, sum, total) => showFound(results.length, sum / total))
      .setDetailsHandler(text => {
        details.textContent = text ?? ' '
      })
    // The library sets the root's datum anew from the data of each view, and keeps its state in it.
    globalThis.d3.select(chart).datum(copy(data.views[chooser.selectedIndex].root)).call(flame)
    find()
  }

  function matches({ name, place, category }, term) {
    const text = `${name} ${place} ${category}`.toLowerCase()
    return term !== '' && text.includes(term.toLowerCase())
  }

  function showFound(count, share) {
    found.textContent = search.value === '' ? '' : `${count} found, ${(100 * share).toFixed(1)} %`
  }

  function find() {
    if (search.value !== '') flame.search(search.value)
    else {
      flame.clear()
      found.textContent = ''
    }
  }

  for (const { title } of data.views) chooser.add(new Option(title))
  chooser.addEventListener('change', draw)
  search.addEventListener('input', find)
  document.getElementById('reset').addEventListener('click', () => {
    search.value = ''
    found.textContent = ''
    flame.clear()
    flame.resetZoom()
  })
  let pending
  addEventListener('resize', () => {
    clearTimeout(pending)
    pending = setTimeout(draw, 150)
  })
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
    colours.clear()
    draw()
  })
  draw()
})()
