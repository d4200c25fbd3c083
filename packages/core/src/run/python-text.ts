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

/** JSON as Python's json.dumps writes it: a space after commas and colons, and nothing but ASCII. */
export const toPythonJson = (value: unknown): string =>
  // Line ends are only between the values: those of strings are escaped.
  JSON.stringify(value, undefined, 1)
    .replaceAll(/,\n +/g, ', ')
    .replaceAll(/\n */g, '')
    .replaceAll(/[^\0-~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
