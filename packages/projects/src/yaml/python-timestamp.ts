import type { PythonScalar } from './python-scalar.ts'

const DATE = /^\d{4}-\d\d-\d\d$/
const TIMESTAMP =
  /^(\d{4})-(\d\d?)-(\d\d?)(?:(?:[Tt]|[ \t]+)(\d\d?):(\d\d):(\d\d)(?:\.(\d*))?(?:[ \t]*(Z|([-+])(\d\d?)(?::(\d\d))?))?)?$/

/**
 * `str()` of the date or datetime that PyYAML reads, undefined when the text is none. A string says why PyYAML fails
 * on a text that looks like one.
 */
export const parseTimestamp = (source: string): PythonScalar | string | undefined => {
  const match = TIMESTAMP.exec(source)
  if (match === null) return undefined
  const [
    ,
    year = '',
    month = '',
    day = '',
    hour,
    minute = '',
    second = '',
    fraction = '',
    zone,
    sign,
    zoneHour,
    zoneMinute,
  ] = match
  // Without a time PyYAML insists on two digits: `2020-1-1` is text.
  if (hour === undefined && !DATE.test(source)) return undefined
  const isDate = Number(year) > 0 && isDayOfMonth(Number(year), Number(month), Number(day))
  const isTime = Number(hour ?? 0) < 24 && Number(minute) < 60 && Number(second) < 60
  const isZone = Number(zoneHour ?? 0) * 60 + Number(zoneMinute ?? 0) < 24 * 60
  if (!isDate || !isTime || !isZone) return `'${source}' looks like a date but is none`
  const date = [year, month.padStart(2, '0'), day.padStart(2, '0')].join('-')
  if (hour === undefined) return { type: 'date', text: date }
  const micros = fraction.slice(0, 6).padEnd(6, '0')
  const time = `${hour.padStart(2, '0')}:${minute}:${second}${Number(micros) === 0 ? '' : `.${micros}`}`
  return { type: 'date', text: `${date} ${time}${formatZone(zone, sign, zoneHour, zoneMinute)}` }
}

const formatZone = (
  zone: string | undefined,
  sign: string | undefined,
  hour: string = '0',
  minute: string = '0',
): string => {
  if (zone === undefined) return ''
  const isZero = Number(hour) === 0 && Number(minute) === 0
  return `${isZero ? '+' : (sign ?? '+')}${hour.padStart(2, '0')}:${minute.padStart(2, '0')}`
}

const isDayOfMonth = (year: number, month: number, day: number): boolean => {
  if (month < 1 || month > 12 || day < 1) return false
  const isLeap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0
  return day <= ([31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1] ?? 0)
}
