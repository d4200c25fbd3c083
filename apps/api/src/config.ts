import type { SourcePolicy } from '@tidemill/projects'

/** Everything that one server process needs to know; the CLI makes it from options and variables. */
export interface ServerConfig {
  /** Address to listen on. */
  readonly host: string
  /** 0: any free port. */
  readonly port: number
  /** `postgresql://…`, or a directory for the embedded store. */
  readonly backendStoreUri: string
  /** Root of new experiments' artifacts. @default mlflow-artifacts:/ */
  readonly defaultArtifactRoot?: string
  /** Folder where the `mlflow-artifacts` proxy keeps files. */
  readonly artifactsDestination: string
  /** Folder of caches, work trees and, when embedded, the store. */
  readonly dataDirectory: string
  /** Host names beside loopback and private addresses; `*` stands for any run of characters. */
  readonly allowedHosts: readonly string[]
  /** Origins beside the server's own whose pages may call it; `*` is any. */
  readonly corsAllowedOrigins: readonly string[]
  /** Where projects may come from. */
  readonly sourcePolicy: SourcePolicy
  /** Server and worker of one person in one process: runs without a user get the OS user. */
  readonly isEmbedded: boolean
}
