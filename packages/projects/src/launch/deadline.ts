/** Longest delay of `setTimeout`, 24.8 days; a longer one would fire at once. */
const MAX_DELAY_MS = 2 ** 31 - 1

/** Calls `onDeadline` after `timeoutMs`, however long that is, unless disposed first. Absent: never. */
export const startDeadline = (timeoutMs: number | undefined, onDeadline: () => void): Disposable => {
  let timer: NodeJS.Timeout | undefined
  const arm = (leftMs: number) => {
    timer =
      leftMs > MAX_DELAY_MS
        ? setTimeout(() => arm(leftMs - MAX_DELAY_MS), MAX_DELAY_MS)
        : setTimeout(onDeadline, leftMs)
  }
  if (timeoutMs !== undefined) arm(timeoutMs)
  return { [Symbol.dispose]: () => clearTimeout(timer) }
}
