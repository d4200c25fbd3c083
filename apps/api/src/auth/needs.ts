import { type ArtifactPath, type OwnedKind, parseArtifactPath } from '@tidemill/core'
import type { FastifyRequest } from 'fastify'
import type { Access, Level } from '../http/endpoint.ts'
import { proxiedPath, queryParameter } from '../http/proxied-path.ts'

/** A right that a request needs on one thing that it names. */
export type Need =
  | {
      readonly on: OwnedKind
      readonly id: string
      readonly level: Level
      /** Refused when there is none, so that the answer does not tell which ids exist. Else the handler says so. */
      readonly mustExist?: boolean
    }
  | { readonly on: 'experiment'; readonly id: string; readonly level: Level }
  /** A name that is new passes. */
  | { readonly on: 'experimentName'; readonly name: string; readonly level: Level }
  | { readonly on: 'model'; readonly name: string; readonly level: Level }
  | {
      readonly on: 'artifact'
      readonly path: ArtifactPath
      readonly level: Level
      /** What is nobody's yet passes. Else it has the default permission. */
      readonly mayBeNew?: boolean
    }
  /** The user themself. */
  | { readonly on: 'user'; readonly username: string }
  | { readonly on: 'server' }

type Fields = Readonly<Record<string, unknown>>

/**
 * What a message needs by the names of its fields, as its route's access entry says: every id in it counts
 * (spec/security.md S2). Undefined: the message names nothing that the entry is about, which only an admin may send.
 */
export const needsOf = (access: Access, fields: Fields): readonly Need[] | undefined => {
  if (access === 'public') return []
  if ('server' in access) return access.server === 'READ' ? [] : [{ on: 'server' }]
  if ('user' in access) return texts(fields['username']).map((username) => ({ on: 'user', username }))
  const level: Level = Object.values<Level>(access)[0] ?? 'MANAGE'
  if (level === 'CREATE') return []
  const needs: readonly Need[] = [
    ...texts(fields['workflow_run_id']).map((id): Need => ({ on: 'workflowRun', id, level })),
    ...texts(fields['attempt_id']).map((id): Need => ({ on: 'attempt', id, level })),
    ...texts(fields['experiment_id'], fields['experiment_ids']).map((id): Need => ({ on: 'experiment', id, level })),
    ...texts(fields['experiment_name']).map((name): Need => ({ on: 'experimentName', name, level })),
    ...texts(fields['run_id'], fields['run_uuid'], fields['run_ids']).map((id): Need => ({ on: 'run', id, level })),
    ...texts(fields['source_run_id']).map((id): Need => ({ on: 'run', id, level: 'READ', mustExist: true })),
    ...('experiment' in access
      ? texts(fields['model_id']).map((id): Need => ({ on: 'loggedModel', id, level }))
      : [...new Set([...texts(fields['model_id']), ...modelsIn(fields['metrics']), ...modelsIn(fields['models'])])].map(
          (id): Need => ({ on: 'loggedModel', id, level, mustExist: true }),
        )),
    ...('model' in access ? texts(fields['name']).map((name): Need => ({ on: 'model', name, level })) : []),
    ...('artifact' in access && typeof fields['path'] === 'string'
      ? [{ on: 'artifact', path: parseArtifactPath(fields['path']), level } satisfies Need]
      : []),
  ]
  return needs.length === 0 ? undefined : needs
}

const NAMED_IN_URL = ['experiment_id', 'run_id', 'run_uuid', 'model_id', 'name', 'username'] as const

/** The same for a route that reads its request itself: by the parameters of its path and query. */
export const needsOfRequest = (access: Access, request: FastifyRequest): readonly Need[] | undefined => {
  if (typeof access === 'object' && 'artifact' in access) {
    return [{ on: 'artifact', path: proxiedPath(request), level: access.artifact }]
  }
  const query = NAMED_IN_URL.flatMap((name) => {
    const value = queryParameter(request, name)
    return value === undefined ? [] : [[name, value] as const]
  })
  return needsOf(access, { ...Object.fromEntries(query), ...(isRecord(request.params) ? request.params : {}) })
}

const texts = (...values: readonly unknown[]): string[] => [
  ...new Set(values.flat().filter((value): value is string => typeof value === 'string' && value !== '')),
]

const modelsIn = (entries: unknown): string[] =>
  Array.isArray(entries)
    ? entries.flatMap((entry: unknown) => (isRecord(entry) ? texts(entry['model_id'], entry['modelId']) : []))
    : []

const isRecord = (value: unknown): value is Fields => typeof value === 'object' && value !== null
