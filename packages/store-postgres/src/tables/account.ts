import type { Permission } from '@tidemill/core'
import type { Generated } from 'kysely'
import type { ExperimentKey } from './experiment.ts'

export interface AccountTable {
  user_id: Generated<number>
  username: string
  password_hash: string
  is_admin: boolean
  version: Generated<number>
}

export interface ExperimentPermissionTable {
  user_id: number
  experiment_id: ExperimentKey
  permission: Permission
}

export interface RegisteredModelPermissionTable {
  user_id: number
  model_id: number
  permission: Permission
}

export interface AttemptTokenTable {
  /** SHA-256. */
  token_hash: Uint8Array
  attempt_id: number
  /** Of the lease that the token came with. */
  fence: number
}
