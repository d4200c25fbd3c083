import { sql as tracking } from './0001-tracking.ts'
import { sql as registry } from './0002-registry.ts'
import { sql as engine } from './0003-engine.ts'
import { sql as runDocuments } from './0004-run-documents.ts'
import { sql as datasets } from './0005-datasets.ts'
import { sql as webhooks } from './0006-webhooks.ts'
import { sql as searchAndSampling } from './0007-search-and-sampling.ts'
import { sql as registrySearch } from './0008-registry.ts'
import { sql as loggedModels } from './0009-logged-models.ts'
import { sql as users } from './0010-users.ts'
import { sql as importing } from './0011-import.ts'
import { sql as headsAndUpkeep } from './0012-heads-and-upkeep.ts'

/** In order, forward only. A migration that has shipped is never edited: add the next one. */
export const migrations: readonly { readonly name: string; readonly sql: string }[] = [
  { name: '0001-tracking', sql: tracking },
  { name: '0002-registry', sql: registry },
  { name: '0003-engine', sql: engine },
  { name: '0004-run-documents', sql: runDocuments },
  { name: '0005-datasets', sql: datasets },
  { name: '0006-webhooks', sql: webhooks },
  { name: '0007-search-and-sampling', sql: searchAndSampling },
  { name: '0008-registry', sql: registrySearch },
  { name: '0009-logged-models', sql: loggedModels },
  { name: '0010-users', sql: users },
  { name: '0011-import', sql: importing },
  { name: '0012-heads-and-upkeep', sql: headsAndUpkeep },
]
