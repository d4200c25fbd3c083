import type { AcceptedDifference } from './accepted-difference.ts'

/** Parts of successful answers. */
export const FIELDS: readonly AcceptedDifference[] = [
  {
    name: 'uploads answer an object',
    reason: 'The API description has `{}`; MLflow 3.17 answers an empty body, which clients take as `{}`.',
    at: /^body$/,
    requests: [
      'logged models: a file into its folder',
      'artifacts: upload',
      'artifacts: upload into a folder',
      'artifacts: upload an empty file',
      'artifacts: upload a name with a space',
      'artifacts: upload a name with a percent',
      'artifacts: upload a unicode name',
      'artifacts: overwrite',
      'artifacts: upload from the browser',
    ],
  },
  {
    name: 'the size of empty files',
    reason: 'MLflow omits file_size 0.',
    at: /^files\[\d\]\.file_size$/,
    requests: ['artifacts: list a folder', 'artifacts: list a folder by the proxy'],
  },
  {
    name: 'headers of downloads',
    reason:
      'HTML is text, JSON is JSON, and other names than plain ones go as RFC 6266 has them; attachment and nosniff are the same.',
    at: /^header content-(type|disposition)$/,
    requests: 'any',
  },
  {
    name: 'model inputs in searches',
    reason: 'MLflow omits the models that a run used from search results, though not from runs/get.',
    at: /^runs\[0\]\.inputs\.model_inputs$/,
    requests: ['datasets: runs by the name of a dataset', 'datasets: runs by a list of digests'],
  },
  {
    name: 'aliases of versions in lists',
    reason: 'MLflow omits the aliases of a version from lists, though not from model-versions/get.',
    at: /^(model_versions|registered_model\.latest_versions)\[\d\]\.aliases$/,
    requests: [
      'stages and aliases: the model with its aliases',
      "registry search: versions by name = 'model' AND version_number >= 2",
      'registry search: versions, page 1',
      'http: a boolean in the query',
    ],
  },
  {
    name: 'an empty description',
    reason: 'After an update without a description it is empty; MLflow omits the field. Clients read both as empty.',
    at: /^(model_version|model_versions\[\d\]|registered_model\.latest_versions\[\d\])\.description$/,
    requests: [
      'model versions: update without a description',
      'stages and aliases: to staging, small',
      'stages and aliases: latest versions by GET',
      'stages and aliases: get by alias',
      'stages and aliases: the version with its aliases',
      'stages and aliases: the model with its aliases',
      "registry search: versions by name = 'model' AND version_number >= 2",
      'registry search: versions, page 1',
      'http: a boolean in the query',
    ],
  },
  {
    name: 'NaN in filters',
    reason: 'A metric that is NaN compares as 0, as MLflow 3.6 has it; 3.17 never finds it.',
    at: /^runs$/,
    requests: ['run search: filter metrics.loss > -1'],
  },
  {
    name: 'negative steps in sampled history',
    reason: 'Without a range the samples begin at step 0, as MLflow 3.6 has it.',
    at: /^metrics$/,
    requests: ['sampled history: all of it', 'sampled history: by the browser prefix'],
  },
  {
    name: 'order of latest versions',
    reason: 'By stage here; as the database has them there.',
    at: /^model_versions\[\d\]\./,
    requests: ['stages and aliases: latest versions'],
  },
]
