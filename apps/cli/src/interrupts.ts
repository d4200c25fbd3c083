import { EXIT_CODES } from './exit-codes.ts'

/**
 * Calls `onFirst` on the first SIGINT, SIGTERM or SIGHUP; a second one ends the process at once. Disposal gives the
 * signals back.
 */
export const onInterrupt = (onFirst: () => void): Disposable => {
  let count = 0
  const handle = (): void => {
    count += 1
    if (count > 1) process.exit(EXIT_CODES.interrupted)
    onFirst()
  }
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  for (const signal of signals) process.on(signal, handle)
  return {
    [Symbol.dispose]: () => {
      for (const signal of signals) process.off(signal, handle)
    },
  }
}
