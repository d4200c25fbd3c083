/** Asks until the answer is defined and true. Throws with the description and the last answer after `timeoutMs`. */
export const waitFor = async <T>(
  description: string,
  ask: () => Promise<T | undefined | false> | T | undefined | false,
  timeoutMs = 30_000,
): Promise<T> => {
  const deadline = performance.now() + timeoutMs
  for (;;) {
    const answer = await ask()
    if (answer !== undefined && answer !== false) return answer
    if (performance.now() > deadline) throw new Error(`Waited ${timeoutMs} ms for: ${description}`)
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
}
