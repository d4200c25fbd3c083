/** Python's `shlex.quote`: one word of a POSIX shell, bare when it holds only safe characters (spec/mlproject.md §5.4). */
export const quoteForShell = (text: string): string => {
  if (text === '') return "''"
  return isBareWord(text) ? text : `'${text.replaceAll("'", `'"'"'`)}'`
}

/** True when a POSIX shell reads the text as itself, without quotes. */
export const isBareWord = (text: string): boolean => /^[A-Za-z0-9_@%+=:,./-]+$/.test(text)
