/** A string as Python prints it inside a list: MLflow's messages have that form, and clients match on them. */
export const toPythonText = (text: string): string => {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'"
  const escaped = text
    .replaceAll('\\', '\\\\')
    .replaceAll(quote, `\\${quote}`)
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r')
    .replaceAll('\t', '\\t')
  return `${quote}${escaped}${quote}`
}

/** `['a', 'b']` */
export const toPythonList = (texts: readonly string[]): string => `[${texts.map(toPythonText).join(', ')}]`

/** `{'a', 'b'}` */
export const toPythonSet = (texts: readonly string[]): string => `{${texts.map(toPythonText).join(', ')}}`
