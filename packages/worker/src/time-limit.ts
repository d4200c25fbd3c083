/**
 * Rejects with `message` when `work` takes longer than `limitMs`. The work itself goes on: pass `signal` to it where it
 * can be told to stop. A late outcome is dropped.
 */
export const withTimeLimit = async <T>(
  work: (signal: AbortSignal) => Promise<T>,
  limitMs: number,
  message: string,
): Promise<T> => {
  const abort = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      const error = new Error(message)
      abort.abort(error)
      reject(error)
    }, limitMs)
  })
  try {
    return await Promise.race([work(abort.signal), limit])
  } finally {
    clearTimeout(timer)
  }
}
