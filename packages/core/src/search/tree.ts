export const NUMBER_COMPARATORS = ['>', '>=', '=', '!=', '<', '<='] as const
export type NumberComparator = (typeof NUMBER_COMPARATORS)[number]

export const TEXT_COMPARATORS = ['=', '!=', 'LIKE', 'ILIKE'] as const
export type TextComparator = (typeof TEXT_COMPARATORS)[number]

export const LIST_COMPARATORS = ['IN', 'NOT IN'] as const
export type ListComparator = (typeof LIST_COMPARATORS)[number]

export interface NumberComparison {
  readonly comparator: NumberComparator
  readonly value: number
}

export interface TextComparison {
  readonly comparator: TextComparator
  readonly value: string
}

export interface ListComparison {
  readonly comparator: ListComparator
  readonly values: readonly string[]
}

export type SortDirection = 'asc' | 'desc'

export const RUN_TEXT_ATTRIBUTES = ['run_id', 'run_name', 'status', 'artifact_uri', 'user_id'] as const
export type RunTextAttribute = (typeof RUN_TEXT_ATTRIBUTES)[number]

export const RUN_TIME_ATTRIBUTES = ['start_time', 'end_time'] as const
export type RunTimeAttribute = (typeof RUN_TIME_ATTRIBUTES)[number]

export const DATASET_KEYS = ['name', 'digest', 'context'] as const
export type DatasetKey = (typeof DATASET_KEYS)[number]

/** `params.lr IS NULL`: whether there is such a key at all. */
export interface PresenceClause {
  readonly kind: 'presence'
  readonly entity: 'param' | 'tag'
  readonly key: string
  readonly isPresent: boolean
}

/** One condition of a run filter; all of a filter's hold. A run without the key never matches. */
export type RunClause =
  | { readonly kind: 'metric'; readonly key: string; readonly comparison: NumberComparison }
  | { readonly kind: 'param' | 'tag'; readonly key: string; readonly comparison: TextComparison }
  | PresenceClause
  | {
      readonly kind: 'text_attribute'
      readonly attribute: RunTextAttribute
      readonly comparison: TextComparison | ListComparison
    }
  | { readonly kind: 'time_attribute'; readonly attribute: RunTimeAttribute; readonly comparison: NumberComparison }
  | { readonly kind: 'dataset'; readonly key: DatasetKey; readonly comparison: TextComparison | ListComparison }

export type RunOrder =
  | { readonly kind: 'metric' | 'param' | 'tag'; readonly key: string; readonly direction: SortDirection }
  | {
      readonly kind: 'attribute'
      readonly attribute: RunTextAttribute | RunTimeAttribute
      readonly direction: SortDirection
    }

export const EXPERIMENT_TIME_ATTRIBUTES = ['creation_time', 'last_update_time'] as const
export const EXPERIMENT_TEXT_ATTRIBUTES = ['name', 'experiment_id'] as const
export type ExperimentTextAttribute = (typeof EXPERIMENT_TEXT_ATTRIBUTES)[number]
export type ExperimentTimeAttribute = (typeof EXPERIMENT_TIME_ATTRIBUTES)[number]

/** One condition of an experiment filter; all of a filter's hold. */
export type ExperimentClause =
  | {
      readonly kind: 'text_attribute'
      readonly attribute: ExperimentTextAttribute
      readonly comparison: TextComparison | ListComparison
    }
  | PresenceClause
  | {
      readonly kind: 'time_attribute'
      readonly attribute: ExperimentTimeAttribute
      readonly comparison: NumberComparison
    }
  | { readonly kind: 'tag'; readonly key: string; readonly comparison: TextComparison }

export const EXPERIMENT_ORDER_ATTRIBUTES = ['name', 'experiment_id', 'creation_time', 'last_update_time'] as const
export type ExperimentOrderAttribute = (typeof EXPERIMENT_ORDER_ATTRIBUTES)[number]

export interface ExperimentOrder {
  readonly attribute: ExperimentOrderAttribute
  readonly direction: SortDirection
}
