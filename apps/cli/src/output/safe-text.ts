// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const COLOR_OR_CONTROL = /\u001b\[[0-9;]*m|[\u0000-\u0008\u000a-\u001f\u007f-\u009f]/g

/**
 * Text of a server or a step for one line of a terminal: control characters, which could move the cursor or forge
 * lines, become visible. Tabs and colours stay.
 */
export const toSafeText = (text: string): string =>
  text.replace(COLOR_OR_CONTROL, (match) => {
    if (match.length > 1) return match
    const code = match.charCodeAt(0)
    return String.fromCharCode(code < 0x20 ? 0x2400 + code : 0x2421)
  })
