import type { ProjectUri } from './project-uri.ts'
import { SourceError } from './source-error.ts'

/** Which project sources a server or worker accepts. */
export interface SourcePolicy {
  /** Folders and repositories on this machine's disk, by path or `file://`. Only for one's own machine. */
  readonly allowLocal: boolean
  /** Of `https`, `ssh`, `http`, `git`, `file`. */
  readonly schemes: readonly string[]
  /** Allowed Git hosts; a leading dot allows subdomains (`.example.org`). @default every host */
  readonly hosts?: readonly string[]
}

/** Throws SourceError `policy` when the policy does not accept the URI. */
export const checkSourcePolicy = (uri: ProjectUri, policy: SourcePolicy): void => {
  switch (uri.kind) {
    case 'path':
      if (policy.allowLocal) return
      throw new SourceError(
        'policy',
        `This server does not run projects from its own disk: '${uri.text}'. ` +
          `Submit a Git URI (${describeSchemes(policy)}) instead.`,
      )
    case 'file':
      if (policy.allowLocal || policy.schemes.includes('file')) return
      throw refusedScheme(uri.text, 'file', policy)
    case 'git':
      if (!policy.schemes.includes(uri.scheme)) throw refusedScheme(uri.text, uri.scheme, policy)
      if (policy.hosts !== undefined && !policy.hosts.some((allowed) => isAllowedHost(uri.host, allowed))) {
        throw new SourceError(
          'policy',
          `This server does not fetch projects from the host '${uri.host}'. Allowed hosts: ${policy.hosts.join(', ')}.`,
        )
      }
  }
}

/** Names for `GIT_ALLOW_PROTOCOL`, so that Git itself refuses what the policy does not name. */
export const gitProtocols = (policy: SourcePolicy): readonly string[] =>
  policy.allowLocal && !policy.schemes.includes('file') ? [...policy.schemes, 'file'] : policy.schemes

const isAllowedHost = (host: string, allowed: string): boolean =>
  allowed.startsWith('.') ? host.endsWith(allowed.toLowerCase()) : host === allowed.toLowerCase()

const refusedScheme = (text: string, scheme: string, policy: SourcePolicy): SourceError =>
  new SourceError(
    'policy',
    `Projects over '${scheme}' are not allowed here: '${text}'. Allowed schemes: ${describeSchemes(policy)}.`,
  )

const describeSchemes = (policy: SourcePolicy): string =>
  policy.schemes.length === 0 ? 'none' : policy.schemes.join(', ')
