/** Lines at the bottom of a terminal that are drawn over and over, with other output above them. */
export interface LiveRegion {
  /** Replaces the lines. They must not be longer than `columns()` characters, colours not counted. */
  draw(lines: readonly string[]): void
  /** Takes the lines away while `write` writes above them. */
  above(write: () => void): void
  /** Takes the lines away for good. */
  clear(): void
  columns(): number
  rows(): number
}

/** What is used of a terminal's stream. */
export type Terminal = Pick<NodeJS.WriteStream, 'write' | 'columns' | 'rows'>

export const createLiveRegion = (terminal: Terminal): LiveRegion => {
  let drawn: readonly string[] = []
  const erase = (): string => (drawn.length === 0 ? '' : `\u001b[${drawn.length}A\u001b[0J`)
  const text = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('')
  return {
    draw: (lines) => {
      terminal.write(erase() + text(lines))
      drawn = lines
    },
    above: (write) => {
      terminal.write(erase())
      write()
      terminal.write(text(drawn))
    },
    clear: () => {
      terminal.write(erase())
      drawn = []
    },
    // 0 on a pseudo-terminal whose size nobody set.
    columns: () => terminal.columns || 80,
    rows: () => terminal.rows || 24,
  }
}
