/** `0.4s`, `12.3s`, `2m 05s`, `1h 02m`. */
export const formatDuration = (ms: number): string => {
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)}s`
  const seconds = Math.round(ms / 1000)
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes}m ${String(seconds % 60).padStart(2, '0')}s`
  return `${Math.floor(minutes / 60)}h ${String(minutes % 60).padStart(2, '0')}m`
}

/** From start to end, or to `now`; undefined before the start. Times are ms since the epoch. */
export const durationOf = (
  part: { readonly started_at?: number | undefined; readonly ended_at?: number | undefined },
  now: number,
): number | undefined =>
  part.started_at === undefined ? undefined : Math.max(0, (part.ended_at ?? now) - part.started_at)

/** `2026-11-23 04:05:06` in the time zone of this machine. */
export const formatTime = (time: number): string => {
  const date = new Date(time)
  const two = (value: number): string => String(value).padStart(2, '0')
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`
}
