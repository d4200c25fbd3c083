import { createHash } from 'node:crypto'

/** Executions after which a statement is worth preparing, and how many may be: each costs memory in every connection. */
const USES_BEFORE_NAMING = 3
const MAX_NAMED = 256
const MAX_COUNTED = 4_096

/** Starts a statement whose best plan depends on its values: it is never prepared. */
export const PLANNED_EACH_TIME = '/* planned for its values */'

/**
 * Chooses the statements that are prepared. Planning one of the engine's statements takes the server longer than
 * running it, and a statement with a name is planned once per connection. Statements whose text varies (searches)
 * hardly repeat and stay without one.
 */
export const createStatementNames = (): ((text: string) => string | undefined) => {
  const names = new Map<string, string>()
  const uses = new Map<string, number>()
  return (text) => {
    if (text.startsWith(PLANNED_EACH_TIME)) return undefined
    const name = names.get(text)
    if (name !== undefined || names.size >= MAX_NAMED) return name
    const count = (uses.get(text) ?? 0) + 1
    if (count < USES_BEFORE_NAMING) {
      if (uses.size >= MAX_COUNTED) uses.clear()
      uses.set(text, count)
      return undefined
    }
    uses.delete(text)
    const chosen = `t_${createHash('sha256').update(text).digest('hex').slice(0, 32)}`
    names.set(text, chosen)
    return chosen
  }
}
