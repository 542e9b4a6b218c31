import type { MeasureSpec } from '@archlab/runtime/topology'

/** A measure as it is written in an expectation. */
export function measureName(measure: MeasureSpec): string {
  switch (measure.type) {
    case 'time': {
      const clock = measure.clock === 'latency' ? '' : `${measure.clock} `
      return `${clock}${measure.statistic}${of(measure.request)}`
    }
    case 'arrivals':
      return `${arrivalsName(measure.which)}${of(measure.request)}`
    case 'recovery':
      return `recovery${of(measure.request)}`
    case 'utilisation':
      return `utilisation of ${measure.component}`
    case 'executions':
      return `executions of ${measure.component} per request`
    case 'meters':
      return `${measure.name} of ${measure.component}`
  }
}

const of = (request: string | null): string => (request === null ? '' : ` of ${request}`)

function arrivalsName(which: Extract<MeasureSpec, { type: 'arrivals' }>['which']): string {
  const names = {
    all: 'requests',
    replied: 'throughput',
    good: 'goodput',
    errors: 'errors',
    dropped: 'dropped',
  } as const
  return which.type === 'status' ? `status ${which.pattern}` : names[which.type]
}
