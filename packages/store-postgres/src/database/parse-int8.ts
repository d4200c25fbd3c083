/** A number within ±2^53; beyond, as the ids of experiments that MLflow's file store drew, its text. */
export const parseInt8 = (text: string): number | string => {
  const number = Number(text)
  return Number.isSafeInteger(number) ? number : text
}
