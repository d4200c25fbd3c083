/** Longest duration that a workflow may name: what a Node timer can hold, in ms. */
export const MAX_DURATION_MS = 24 * 86_400_000

/**
 * ms of `500ms`, `10s`, `30m`, `1h30m`, `2d`; a plain number is seconds. Undefined for anything else and for more than
 * MAX_DURATION_MS.
 */
export const parseDuration = (text: string): number | undefined => {
  const ms = /^\d{1,12}(?:\.\d{1,6})?$/.test(text) ? Math.round(Number(text) * 1000) : parseUnits(text)
  return ms === undefined || ms > MAX_DURATION_MS ? undefined : ms
}

const parseUnits = (text: string): number | undefined => {
  const match = /^(?:(\d{1,9})d)?(?:(\d{1,9})h)?(?:(\d{1,9})m)?(?:(\d{1,9})s)?(?:(\d{1,12})ms)?$/.exec(text)
  if (match === null || text === '') return undefined
  const [days, hours, minutes, seconds, ms] = match.slice(1).map((amount) => Number(amount ?? 0))
  return ((((days ?? 0) * 24 + (hours ?? 0)) * 60 + (minutes ?? 0)) * 60 + (seconds ?? 0)) * 1000 + (ms ?? 0)
}
