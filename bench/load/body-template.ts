/** Stands for the script's round, seven digits, so that no two requests of a load are the same. */
export const COUNTER = '#######'
/** Stands for what an earlier call of the script captured. */
export const CAPTURED = '$'.repeat(32)

export interface BodyTemplate {
  /** The body for a round; the same memory each time, so one request at a time. */
  fill(counter: number, captured: string): Buffer
}

/** A body whose placeholders are overwritten in place: making it costs next to nothing beside sending it. */
export const createBodyTemplate = (text: string): BodyTemplate => {
  const bytes = Buffer.from(text)
  const counters = positionsOf(bytes, COUNTER)
  const captures = positionsOf(bytes, CAPTURED)
  return {
    fill: (counter, captured) => {
      const digits = Buffer.from(String(counter))
      for (const position of counters) digits.copy(bytes, position)
      for (const position of captures) bytes.write(captured, position)
      return bytes
    },
  }
}

const positionsOf = (bytes: Buffer, token: string): number[] => {
  const positions: number[] = []
  for (let at = bytes.indexOf(token); at >= 0; at = bytes.indexOf(token, at + token.length)) positions.push(at)
  return positions
}
