import { createLogger as createJsonLogger, type Logger } from '@tidemill/api'
import pc from 'picocolors'
import type { LogLevel } from './config.ts'

/** JSON lines on stderr, or lines for people when stderr is a terminal. */
export const createLogger = (level: LogLevel, stderr: NodeJS.WriteStream): Logger =>
  createJsonLogger({
    level,
    ...(stderr.isTTY ? { destination: { write: (line: string) => void stderr.write(toReadableLine(line)) } } : {}),
  })

const LEVELS: Readonly<Record<number, string>> = {
  20: pc.dim('debug'),
  30: pc.cyan('info '),
  40: pc.yellow('warn '),
  50: pc.red('error'),
  60: pc.red('fatal'),
}

/** `04:05:06 info  Worker started workerId=a-1` */
const toReadableLine = (json: string): string => {
  const { level, time, msg, ...fields }: Record<string, unknown> = JSON.parse(json)
  const clock = typeof time === 'string' ? time.slice(11, 19) : ''
  const rest = Object.entries(fields).map(
    ([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  )
  return `${pc.dim(clock)} ${LEVELS[Number(level)] ?? ''} ${String(msg)}${rest.length === 0 ? '' : ` ${pc.dim(rest.join(' '))}`}\n`
}
