import type { Generated } from 'kysely'

export interface RegisteredModelTable {
  id: Generated<number>
  name: string
  description: string
  /** Highest version number ever given, deleted ones included. */
  last_version: number
  creation_time: number
  last_update_time: number
}

export interface RegisteredModelTagTable {
  model_id: number
  key: string
  value: string
}

export interface RegisteredModelAliasTable {
  model_id: number
  alias: string
  version: number
}

export interface ModelVersionTable {
  id: Generated<number>
  model_id: number
  version: number
  stage: 'None' | 'Staging' | 'Production' | 'Archived' | 'Deleted_Internal'
  description: string
  source: string
  storage_location: string
  run_id: string | null
  run_link: string | null
  status: string
  status_message: string | null
  user_id: string | null
  creation_time: number
  last_update_time: number
}

export interface ModelVersionTagTable {
  model_version_id: number
  key: string
  value: string
}
