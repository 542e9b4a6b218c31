/* Runs in the reader's browser. The page says everything without it, in tables; this draws the charts over time. */
;(() => {
  const source = document.getElementById('chart-data')
  const charts = source ? JSON.parse(source.textContent) : []
  const HEIGHT = 220
  const HEIGHT_NARROW = 180
  const NARROW = 560
  /** Pixels between the margins of a sheet of A4. */
  const PAPER = 660

  /** Steps of an axis of time, in seconds. */
  const TIMES = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 43_200, 86_400]

  let plots = []

  /** `paper`: in the colours and the width of a printed page. */
  function drawAll(paper) {
    for (const { plot } of plots) plot.destroy()
    plots = charts.map(chart => draw(chart, paper)).filter(Boolean)
  }

  function draw(chart, paper) {
    const figure = document.querySelector(`[data-chart="${chart.id}"]`)
    if (!figure) return null
    figure.hidden = false
    const place = figure.querySelector('.plot')
    const colour = coloursOf(paper)
    const size = sizeOf(place, paper)
    const options = {
      ...size,
      legend: { show: false },
      cursor: { sync: { key: 'run' }, y: false, points: { size: 7 } },
      scales: { x: { time: false }, y: chart.log ? { distr: 3 } : { range: fromZero } },
      axes: [
        axisOf(colour, { values: (_, ticks) => ticks.map(clock), size: 30, incrs: TIMES }),
        axisOf(colour, { values: (_, ticks) => ticks.map(tick => label(tick, '')), size: 50, ...steps(chart) }),
      ],
      series: [{}, ...chart.series.map(series => lineOf(series, colour, chart.times.length))],
      hooks: {
        drawClear: [plot => shadeWarmup(plot, chart.warmup, colour('--warmup'))],
        draw: [plot => drawMarks(plot, chart.marks, colour('--bad'), colour('--dim'))],
        setCursor: [plot => readOut(plot, chart, figure)],
      },
    }
    const plot = new uPlot(options, [chart.times, ...chart.series.map(series => series.values)], place)
    return { plot, place }
  }

  function coloursOf(paper) {
    // An element of this class has the colours for paper, whatever the reader prefers on the screen.
    const probe = document.createElement('div')
    probe.className = 'paper'
    document.body.append(probe)
    const style = getComputedStyle(paper ? probe : document.documentElement)
    const names = ['--series-1', '--series-2', '--series-3', '--dim', '--bad', '--rule', '--warmup']
    const found = new Map(names.map(name => [name, style.getPropertyValue(name).trim()]))
    probe.remove()
    return name => found.get(name)
  }

  function sizeOf(place, paper) {
    const width = paper ? PAPER : place.clientWidth
    return { width, height: width < NARROW ? HEIGHT_NARROW : HEIGHT }
  }

  const axisOf = (colour, own) => ({
    stroke: colour('--dim'),
    font: '12px system-ui, sans-serif',
    gap: 6,
    ticks: { show: false },
    ...own,
    grid: { stroke: colour('--rule'), width: 1, ...own.grid },
  })

  /** Counts have no halves; on a logarithmic axis only what is labelled gets a line. */
  function steps(chart) {
    if (chart.log) return { grid: { filter: (_, ticks) => ticks.map(tick => (isPower(tick) ? tick : null)) } }
    if (chart.unit !== '') return {}
    return { incrs: Array.from({ length: 9 }, (_, power) => [1, 2, 5].map(factor => factor * 10 ** power)).flat() }
  }

  const isPower = value => Math.abs(Math.log10(value) - Math.round(Math.log10(value))) < 1e-9

  const lineOf = (series, colour, points) => ({
    label: series.label,
    stroke: colour(series.colour),
    width: series.width,
    dash: series.dash,
    // One or two points make no line.
    points: { show: points < 3, size: 6 },
  })

  const fromZero = (_, __, max) => uPlot.rangeNum(0, max > 0 ? max : 1, 0.1, true)

  function shadeWarmup(plot, seconds, fill) {
    if (!(seconds > 0)) return
    const { ctx, bbox } = plot
    const end = Math.min(bbox.left + bbox.width, plot.valToPos(seconds, 'x', true))
    if (end <= bbox.left) return
    ctx.save()
    ctx.fillStyle = fill
    ctx.fillRect(bbox.left, bbox.top, end - bbox.left, bbox.height)
    ctx.restore()
  }

  /** Dashed lines at what happened, with a number that the table of events has too; a faint band where it lasted. */
  function drawMarks(plot, marks, stroke, ink) {
    const { ctx, bbox } = plot
    const right = bbox.left + bbox.width
    ctx.save()
    ctx.beginPath()
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height)
    ctx.clip()
    ctx.font = `${11 * devicePixelRatio}px system-ui, sans-serif`
    for (const { at, until, label: text } of marks) {
      const x = plot.valToPos(at, 'x', true)
      if (x < bbox.left || x > right) continue
      if (until !== null) {
        ctx.globalAlpha = 0.1
        ctx.fillStyle = stroke
        ctx.fillRect(x, bbox.top, Math.min(right, plot.valToPos(until, 'x', true)) - x, bbox.height)
        ctx.globalAlpha = 1
      }
      ctx.strokeStyle = stroke
      ctx.setLineDash([4 * devicePixelRatio, 3 * devicePixelRatio])
      ctx.lineWidth = devicePixelRatio
      ctx.beginPath()
      ctx.moveTo(x, bbox.top)
      ctx.lineTo(x, bbox.top + bbox.height)
      ctx.stroke()
      ctx.fillStyle = ink
      ctx.fillText(text, x + 3 * devicePixelRatio, bbox.top + 11 * devicePixelRatio)
    }
    ctx.restore()
  }

  /** The values under the pointer, beside the names of the lines. */
  function readOut(plot, chart, figure) {
    const at = plot.cursor.idx
    const there = at !== null && at !== undefined
    figure.classList.toggle('reading', there)
    for (const [index, series] of chart.series.entries()) {
      const value = there ? series.values[at] : null
      figure.querySelectorAll('.readout')[index].textContent = value === null ? '' : label(value, chart.unit)
    }
  }

  function clock(seconds) {
    const whole = Math.floor(seconds)
    const rest = seconds - whole
    const text = `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`
    return rest > 0.0005 ? text + rest.toFixed(1).slice(1) : text
  }

  function label(value, unit) {
    if (value === null) return null
    return Number(value.toPrecision(3)).toLocaleString('en-US', { maximumFractionDigits: 3 }) + unit
  }

  /** Frames that have nothing to scroll are left out when a reader goes from place to place with the keyboard. */
  function focusOnlyWhatScrolls(frames) {
    const watcher = new ResizeObserver(entries => {
      for (const { target } of entries) {
        const frame = target.closest('.scroll')
        const scrolls = frame.scrollWidth > frame.clientWidth + 1 || frame.scrollHeight > frame.clientHeight + 1
        if (scrolls) frame.tabIndex = 0
        else frame.removeAttribute('tabindex')
      }
    })
    for (const frame of frames) {
      watcher.observe(frame)
      if (frame.firstElementChild) watcher.observe(frame.firstElementChild)
    }
  }

  drawAll(false)
  for (const figures of document.querySelectorAll('details[data-close]')) figures.open = false
  focusOnlyWhatScrolls(document.querySelectorAll('.scroll'))

  const sizes = new ResizeObserver(() => {
    for (const { plot, place } of plots) if (place.clientWidth > 0) plot.setSize(sizeOf(place, false))
  })
  const main = document.getElementById('main')
  if (main) sizes.observe(main)
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => drawAll(false))
  addEventListener('beforeprint', () => drawAll(true))
  addEventListener('afterprint', () => drawAll(false))
})()
