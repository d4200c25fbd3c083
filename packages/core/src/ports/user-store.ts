import type { Permission } from '../auth/permission.ts'
import type { ReadPlace } from '../auth/read-place.ts'
import type {
  ExperimentPermission,
  Reader,
  RegisteredModelPermission,
  User,
  UserAccount,
  UserWithPermissions,
} from '../auth/user.ts'

/**
 * Users, what they may do, and to which experiment things belong (spec/rest-api.md §2.16). Unknown users, experiments,
 * models and permissions throw ResourceDoesNotExistError, taken ones ResourceAlreadyExistsError, both with MLflow's texts.
 */
export interface UserStore {
  createUser(user: {
    readonly username: string
    readonly passwordHash: string
    readonly isAdmin: boolean
  }): Promise<User>
  findAccount(username: string): Promise<UserAccount | undefined>
  getUser(username: string): Promise<UserWithPermissions>
  setPasswordHash(username: string, passwordHash: string): Promise<void>
  setAdmin(username: string, isAdmin: boolean): Promise<void>
  /** With all permissions. */
  deleteUser(username: string): Promise<void>
  hasAdmin(): Promise<boolean>

  createExperimentPermission(
    experimentId: string,
    username: string,
    permission: Permission,
  ): Promise<ExperimentPermission>
  getExperimentPermission(experimentId: string, username: string): Promise<ExperimentPermission>
  updateExperimentPermission(experimentId: string, username: string, permission: Permission): Promise<void>
  deleteExperimentPermission(experimentId: string, username: string): Promise<void>
  createModelPermission(name: string, username: string, permission: Permission): Promise<RegisteredModelPermission>
  getModelPermission(name: string, username: string): Promise<RegisteredModelPermission>
  updateModelPermission(name: string, username: string, permission: Permission): Promise<void>
  deleteModelPermission(name: string, username: string): Promise<void>

  /** The user's own permissions; what has none is absent. */
  findExperimentPermissions(userId: number, experimentIds: readonly string[]): Promise<ReadonlyMap<string, Permission>>
  findModelPermissions(userId: number, names: readonly string[]): Promise<ReadonlyMap<string, Permission>>
  /** The experiments of those that exist, deleted ones too, by id. They never change. */
  findExperimentsOf(kind: OwnedKind, ids: readonly string[]): Promise<ReadonlyMap<string, string>>
  findExperimentByName(name: string): Promise<string | undefined>
  /** The experiment that was given one of these folders of the proxy for its artifacts: the longest, then the oldest. */
  findExperimentAt(folders: readonly string[]): Promise<string | undefined>

  /** Whether the reader's account may read what is there; true for what there is not. False once the account is gone. */
  mayRead(reader: Reader, place: ReadPlace): Promise<boolean>

  /** Notes whose step a token is; it works while the attempt holds this lease. False: the lease is lost. */
  saveAttemptToken(
    attempt: { readonly attemptId: string; readonly fence: number },
    tokenHash: Uint8Array,
  ): Promise<boolean>
  /** Undefined for an unknown token and for one whose attempt has ended or whose submitter is gone. */
  findAttemptToken(tokenHash: Uint8Array): Promise<AttemptIdentity | undefined>
}

/** What belongs to an experiment. */
export type OwnedKind = 'run' | 'loggedModel' | 'workflowRun' | 'attempt'

/** Who a step acts for. */
export interface AttemptIdentity {
  readonly user: User
  readonly experimentId: string
}
