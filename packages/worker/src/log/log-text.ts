const NUL_PICTURE = '\u2400'
/** UTF-8 bytes that one UTF-16 unit takes at most. */
const MAX_BYTES_PER_UNIT = 3

/** Text as the store can keep it: Postgres refuses NUL, and a line has at most `maxBytes` bytes of UTF-8. */
export const toLogText = (text: string, maxBytes: number): string => {
  const clean = text.includes('\0') ? text.replaceAll('\0', NUL_PICTURE) : text
  if (clean.length * MAX_BYTES_PER_UNIT <= maxBytes) return clean
  const bytes = Buffer.byteLength(clean)
  if (bytes <= maxBytes) return clean
  const marker = ` … line cut: it has ${bytes} bytes`
  const head = Buffer.from(clean).subarray(0, maxBytes - Buffer.byteLength(marker))
  // A character cut in two decodes to U+FFFD, which is dropped.
  return head.toString('utf8').replace(/\uFFFD+$/, '') + marker
}
