import type { AcceptedDifference } from './accepted-difference.ts'
import { EVERYWHERE } from './accepted-everywhere.ts'
import { FIELDS } from './accepted-fields.ts'
import { STATUSES } from './accepted-statuses.ts'
import { WORDS } from './accepted-words.ts'

/** The one table of what differs. */
export const ACCEPTED: readonly AcceptedDifference[] = [...EVERYWHERE, ...STATUSES, ...WORDS, ...FIELDS]
