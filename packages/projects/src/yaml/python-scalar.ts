import { pythonFloat } from '@tidemill/core'
import { parseTimestamp } from './python-timestamp.ts'

/** A value as Python's `str()` shows it. */
export interface PythonScalar {
  readonly type: 'str' | 'int' | 'float' | 'bool' | 'date' | 'null'
  readonly text: string
}

/** Python refuses longer decimal texts, and ours would take quadratic time. */
const MAX_INT_LENGTH = 4300

const BOOL = /^(?:yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)$/
const NULL = /^(?:~|null|Null|NULL|)$/
const INT = /^[-+]?(?:0b[01_]+|0[0-7_]+|0|[1-9][0-9_]*|0x[0-9a-fA-F_]+|[1-9][0-9_]*(?::[0-5]?[0-9])+)$/
// PyYAML wants a dot, a sign in the exponent, and no sign before a leading dot: `1e-1` and `-.5` are text.
const FLOAT =
  /^(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/

/**
 * What PyYAML's `safe_load` makes of an unquoted scalar (spec/mlproject.md §3.2). A string is the reason why it makes
 * nothing of it.
 */
export const resolvePlainScalar = (source: string): PythonScalar | string => {
  if (BOOL.test(source)) return toBool(source)
  if (FLOAT.test(source)) return toFloat(source)
  if (INT.test(source)) return toInt(source)
  if (NULL.test(source)) return { type: 'null', text: '' }
  return parseTimestamp(source) ?? { type: 'str', text: source }
}

/** As resolvePlainScalar, for a scalar with an explicit tag such as `!!str`. */
export const resolveTaggedScalar = (source: string, tag: string): PythonScalar | string => {
  const plain = resolvePlainScalar(source)
  switch (tag) {
    case '!':
      return plain
    case 'tag:yaml.org,2002:str':
      return { type: 'str', text: source }
    case 'tag:yaml.org,2002:null':
      return { type: 'null', text: '' }
    case 'tag:yaml.org,2002:float':
      return /^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$/.test(source)
        ? { type: 'float', text: pythonFloat(Number(source)) }
        : ofType(plain, 'float', source)
    case 'tag:yaml.org,2002:int':
      return ofType(plain, 'int', source)
    case 'tag:yaml.org,2002:bool':
      return ofType(plain, 'bool', source)
    case 'tag:yaml.org,2002:timestamp':
      return ofType(plain, 'date', source)
    default:
      return `the tag ${tag} is not supported`
  }
}

const ofType = (scalar: PythonScalar | string, type: PythonScalar['type'], source: string): PythonScalar | string =>
  typeof scalar === 'string' || scalar.type === type ? scalar : `'${source}' does not fit its tag`

const toBool = (source: string): PythonScalar => ({
  type: 'bool',
  text: ['yes', 'true', 'on'].includes(source.toLowerCase()) ? 'True' : 'False',
})

const toInt = (source: string): PythonScalar | string => {
  if (source.length > MAX_INT_LENGTH) return `a number of ${source.length} digits is too long`
  const negative = source.startsWith('-')
  const digits = source.replace(/^[-+]/, '').replaceAll('_', '')
  if (digits === '0b' || digits === '0x') return `'${source}' has no digits`
  const value = toMagnitude(digits)
  return { type: 'int', text: String(negative ? -value : value) }
}

const toMagnitude = (digits: string): bigint => {
  if (/^0[bx]/.test(digits)) return BigInt(digits)
  if (digits.startsWith('0')) return BigInt(`0o${digits}`)
  return digits.split(':').reduce((value, part) => value * 60n + BigInt(part), 0n)
}

const toFloat = (source: string): PythonScalar => {
  const negative = source.startsWith('-')
  const digits = source.replace(/^[-+]/, '').replaceAll('_', '').toLowerCase()
  const value = digits === '.inf' ? Infinity : digits === '.nan' ? NaN : sumSexagesimal(digits)
  return { type: 'float', text: pythonFloat(negative ? -value : value) }
}

const sumSexagesimal = (digits: string): number =>
  digits.includes(':')
    ? digits
        .split(':')
        .toReversed()
        .reduce((sum, part, index) => sum + Number(part) * 60 ** index, 0)
    : Number(digits)
