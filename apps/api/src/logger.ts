import { type DestinationStream, pino, type Logger } from 'pino'

export type { Logger } from 'pino'

/** Of one process; each subsystem takes a child with its name. JSON lines on stderr, because stdout has the ready line. */
export const createLogger = (
  options: { readonly level?: string; readonly destination?: DestinationStream } = {},
): Logger =>
  pino(
    {
      level: options.level ?? 'info',
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      serializers: { error: pino.stdSerializers.err },
      errorKey: 'error',
    },
    // A write for each of many lines costs more than the requests that they tell of; the rest goes out at exit.
    options.destination ?? pino.destination({ dest: 2, sync: false, minLength: 4096, periodicFlush: 100 }),
  )
