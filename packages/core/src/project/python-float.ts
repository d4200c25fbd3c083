/**
 * Python's `repr()` of a float, which is what MLflow writes for a YAML number and what clients print: shortest digits,
 * always with `.0` or an exponent, an exponent below 1e-4 and from 1e16 up.
 */
export const pythonFloat = (value: number): string => {
  if (Number.isNaN(value)) return 'nan'
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf'
  if (Object.is(value, -0)) return '-0.0'
  const [mantissa = '', exponent = ''] = value.toExponential().split('e')
  const magnitude = Number(exponent)
  if (value !== 0 && (magnitude < -4 || magnitude >= 16)) {
    return `${mantissa}e${magnitude < 0 ? '-' : '+'}${String(Math.abs(magnitude)).padStart(2, '0')}`
  }
  const digits = String(value)
  return digits.includes('.') ? digits : `${digits}.0`
}
