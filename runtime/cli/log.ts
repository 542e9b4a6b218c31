import pino from 'pino'

/** A line of the log, as a replica or the lab reports it. */
export interface LogLine {
  level: 'info' | 'warn' | 'error'
  component: string
  replica: string
  event: string
  fields: Record<string, unknown>
}

/** Structured log on stderr: one JSON object per line with time, level, component, replica and event. */
export function openLog(): (line: LogLine) => void {
  const log = pino(
    {
      base: null,
      messageKey: 'event',
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: label => ({ level: label }) },
    },
    pino.destination({ dest: 2, sync: true }),
  )
  return ({ level, component, replica, event, fields }) => {
    log[level]({ ...(component === '' ? {} : { component, replica }), ...fields }, event)
  }
}
