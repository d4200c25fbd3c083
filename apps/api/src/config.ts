import type { SourcePolicy } from '@tidemill/projects'
import type { AuthConfig } from './auth/read-auth-config.ts'

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
  /** Absent: the server asks nobody who they are. */
  readonly auth?: AuthConfig
  /** Where projects may come from. */
  readonly sourcePolicy: SourcePolicy
  /** Server and worker of one person in one process: runs without a user get the OS user. */
  readonly isEmbedded: boolean
  /** What is answered: `artifacts` is the proxy alone, `tracking` all but the proxy. @default all */
  readonly mode?: ServerMode
  /** Path before the routes of browsers, `/mlflow`: no slash at its end. @default none */
  readonly staticPrefix?: string
  /** Answers `/metrics` in the format of Prometheus. @default false */
  readonly exposeMetrics?: boolean
  /** Of the header X-Frame-Options; `NONE` leaves it out. @default SAMEORIGIN */
  readonly frameOptions?: FrameOptions
  /** Looks at neither Host nor Origin, for a server behind a proxy that does. @default false */
  readonly isSecurityDisabled?: boolean
  /** Cuts params and tags that are too long instead of refusing them. @default true */
  readonly truncateLongValues?: boolean
  /** Characters of an experiment's artifact location. @default 2048 */
  readonly artifactLocationMaxLength?: number
  /** What a model version's source must match from its beginning. @default everything */
  readonly modelVersionSourceRegex?: string
  /** Downloads from S3 by URLs that need no server of ours. @default false */
  readonly presignedDownloads?: boolean
  /** @default as MLflow's: https only, public addresses only */
  readonly webhooks?: WebhookConfig
  /** Variables of S3: `AWS_…`, `MLFLOW_S3_…`. @default none */
  readonly artifactVariables?: Readonly<Record<string, string | undefined>>
}

/** Of the deliveries of webhooks. */
export interface WebhookConfig {
  /** Of the URLs of new webhooks. @default https */
  readonly allowedSchemes: readonly string[]
  /** Host names and addresses that need not be public; `*` allows every one. @default none */
  readonly allowedHosts: readonly string[]
  /** Of one request, in ms. @default 30 s */
  readonly timeoutMs: number
  /** Requests in flight at once. @default 10 */
  readonly concurrency: number
  /** Encrypts the secrets in the database. @default a key file in the data directory */
  readonly secretKey?: string
}

export type ServerMode = 'all' | 'artifacts' | 'tracking'
export type FrameOptions = 'DENY' | 'SAMEORIGIN' | 'NONE'
