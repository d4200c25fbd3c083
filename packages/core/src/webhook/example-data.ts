import type { WebhookEventName } from './webhook.ts'

const model = { name: 'example_model' }
const prompt = { name: 'example_prompt' }
const version = { version: '1' }
const key = { key: 'example_key' }
const tag = { ...key, value: 'example_value' }
const tags = { tags: { example_key: 'example_value' } }
const alias = { alias: 'example_alias' }
const run = {
  run_id: 'abcd1234abcd5678abcd1234abcd5678',
  experiment_id: '0',
  run_name: 'example-run-1',
  user_id: 'example',
  start_time: 1_735_700_000_000,
}
const workflowRun = {
  workflow_run_id: 'w-abcd1234abcd5678abcd1234abcd5678',
  run_id: run.run_id,
  experiment_id: '0',
  name: 'example',
  target: 'workflow',
  user_id: 'example',
}

/** What the test call of a webhook sends as the `data` of an event. */
export const WEBHOOK_EXAMPLE_DATA: Readonly<Record<WebhookEventName, Readonly<Record<string, unknown>>>> = {
  'registered_model.created': { ...model, ...tags, description: 'An example registered model' },
  'model_version.created': {
    ...model,
    ...version,
    source: 'models:/123',
    run_id: 'abcd1234abcd5678',
    ...tags,
    description: 'An example model version',
  },
  'model_version_tag.set': { ...model, ...version, ...tag },
  'model_version_tag.deleted': { ...model, ...version, ...key },
  'model_version_alias.created': { ...model, ...alias, ...version },
  'model_version_alias.deleted': { ...model, ...alias },
  'prompt.created': { ...prompt, ...tags, description: 'An example prompt' },
  'prompt_version.created': {
    ...prompt,
    ...version,
    template: 'Hello {{name}}!',
    ...tags,
    description: 'An example prompt version',
  },
  'prompt_tag.set': { ...prompt, ...tag },
  'prompt_tag.deleted': { ...prompt, ...key },
  'prompt_version_tag.set': { ...prompt, ...version, ...tag },
  'prompt_version_tag.deleted': { ...prompt, ...version, ...key },
  'prompt_alias.created': { ...prompt, ...alias, ...version },
  'prompt_alias.deleted': { ...prompt, ...alias },
  'run.created': { ...run, status: 'RUNNING', end_time: null },
  'run.finished': { ...run, status: 'FINISHED', end_time: 1_735_700_060_000 },
  'workflow_run.created': { ...workflowRun, state: 'QUEUED', reason: null },
  'workflow_run.finished': { ...workflowRun, state: 'SUCCEEDED', reason: null },
}
