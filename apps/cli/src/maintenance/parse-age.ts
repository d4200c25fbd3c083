import { CliError } from '../errors.ts'

const MS = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000 } as const
const AGE = /^(?:(?<d>\d*\.?\d+)d)?(?:(?<h>\d*\.?\d+)h)?(?:(?<m>\d*\.?\d+)m)?(?:(?<s>\d*\.?\d+)s)?$/
const MAX_AGE_MS = 100 * 365 * MS.d

/** `2d8h5m20s`, each number with decimals if need be, to ms. Throws CliError with MLflow's text. */
export const parseAge = (text: string): number => {
  const groups = AGE.exec(text)?.groups
  const parts = Object.entries(MS).flatMap(([unit, ms]) => {
    const number = groups?.[unit]
    return number === undefined ? [] : [Number(number) * ms]
  })
  if (parts.length === 0) {
    throw new CliError(
      `Could not parse any time information from '${text}'. Examples of valid strings: '8h', '2d8h5m20s', '2m4s'`,
    )
  }
  const age = Math.floor(parts.reduce((sum, part) => sum + part, 0))
  if (age > MAX_AGE_MS) throw new CliError(`--older-than is '${text}', which is more than a hundred years.`)
  return age
}
