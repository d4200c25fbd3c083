import { sql as tracking } from './0001-tracking.ts'
import { sql as registry } from './0002-registry.ts'
import { sql as engine } from './0003-engine.ts'

/** In order, forward only. A migration that has shipped is never edited: add the next one. */
export const migrations: readonly { readonly name: string; readonly sql: string }[] = [
  { name: '0001-tracking', sql: tracking },
  { name: '0002-registry', sql: registry },
  { name: '0003-engine', sql: engine },
]
