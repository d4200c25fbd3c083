/** At most `length` characters, the last one an ellipsis when some are left out. */
export const cut = (text: string, length: number): string =>
  text.length <= length ? text : `${text.slice(0, Math.max(0, length - 1))}…`
