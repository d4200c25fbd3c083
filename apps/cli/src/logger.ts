import { createLogger as createJsonLogger, type Logger } from '@tidemill/api'
import { colors } from './output/colors.ts'
import type { LogLevel } from './config.ts'

/** JSON lines on stderr, or lines for people when stderr is a terminal. */
export const createLogger = (level: LogLevel, stderr: NodeJS.WriteStream): Logger =>
  createJsonLogger({
    level,
    ...(stderr.isTTY ? { destination: { write: (line: string) => void stderr.write(toReadableLine(line)) } } : {}),
  })

const LEVELS: Readonly<Record<number, string>> = {
  20: colors.dim('debug'),
  30: colors.cyan('info '),
  40: colors.yellow('warn '),
  50: colors.red('error'),
  60: colors.red('fatal'),
}

/** `04:05:06 info  Worker started workerId=a-1` */
const toReadableLine = (json: string): string => {
  const { level, time, msg, ...fields }: Record<string, unknown> = JSON.parse(json)
  const clock = typeof time === 'string' ? time.slice(11, 19) : ''
  const rest = Object.entries(fields).map(
    ([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  )
  return `${colors.dim(clock)} ${LEVELS[Number(level)] ?? ''} ${String(msg)}${rest.length === 0 ? '' : ` ${colors.dim(rest.join(' '))}`}\n`
}
