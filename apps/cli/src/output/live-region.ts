import { stripVTControlCharacters } from 'node:util'

/** Lines at the bottom of a terminal that are drawn over and over, with other output above them. */
export interface LiveRegion {
  /** Replaces the lines. They must not be longer than `columns()` characters, colours not counted. */
  draw(lines: readonly string[]): void
  /** Takes the lines away while `write` writes above them. */
  above(write: () => void): void
  columns(): number
  rows(): number
}

/** What is used of a terminal's stream. */
export type Terminal = Pick<NodeJS.WriteStream, 'write' | 'columns' | 'rows'>

export const createLiveRegion = (terminal: Terminal): LiveRegion => {
  let drawn: readonly string[] = []
  // 0 on a pseudo-terminal whose size nobody set.
  const columns = (): number => terminal.columns || 80
  const toTop = (): string => {
    const rows = drawn.reduce((sum, line) => sum + rowsOf(line, columns()), 0)
    return rows === 0 ? '' : `\u001b[${rows}A`
  }
  return {
    // Line by line over the old ones: erasing all of them first would flicker.
    draw: (lines) => {
      terminal.write(`${toTop()}${lines.map((line) => `${line}\u001b[K\n`).join('')}\u001b[J`)
      drawn = lines
    },
    above: (write) => {
      terminal.write(`${toTop()}\u001b[J`)
      write()
      terminal.write(drawn.map((line) => `${line}\n`).join(''))
    },
    columns,
    rows: () => terminal.rows || 24,
  }
}

/** More than one when the terminal became narrower since the line was drawn. */
const rowsOf = (line: string, columns: number): number =>
  Math.max(1, Math.ceil(stripVTControlCharacters(line).length / columns))
