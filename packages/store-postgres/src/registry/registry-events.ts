import {
  isPrompt,
  type NewModelVersion,
  type NewRegisteredModel,
  PROMPT_TEXT_TAG,
  type Tag,
  userPromptTags,
  type WebhookEvent,
} from '@tidemill/core'

type Data = Readonly<Record<string, unknown>>

export const registeredModelCreated = ({ name, description, tags }: NewRegisteredModel): WebhookEvent =>
  isPrompt(tags)
    ? anEvent('prompt', 'created', { name, tags: toRecord(userPromptTags(tags)), description })
    : anEvent('registered_model', 'created', { name, tags: toRecord(tags), description })

/** Without the version: its number is known only to the statement that makes it. */
export const modelVersionCreated = (version: NewModelVersion): WebhookEvent => {
  const { name, source, runId, tags } = version
  const description = version.description === '' ? null : version.description
  if (isPrompt(tags)) {
    const template = tags.findLast(({ key }) => key === PROMPT_TEXT_TAG)?.value ?? null
    return anEvent('prompt_version', 'created', { name, template, tags: toRecord(userPromptTags(tags)), description })
  }
  return anEvent('model_version', 'created', {
    name,
    source,
    run_id: runId === '' ? null : runId,
    tags: toRecord(tags),
    description,
  })
}

/** Tags of prompts have events, those of other registered models have none. */
export const promptTagEvent = (action: 'set' | 'deleted', data: Data): WebhookEvent =>
  anEvent('prompt_tag', action, data)

export const versionTagEvent = (isPromptVersion: boolean, action: 'set' | 'deleted', data: Data): WebhookEvent =>
  anEvent(isPromptVersion ? 'prompt_version_tag' : 'model_version_tag', action, data)

export const aliasEvent = (isPromptAlias: boolean, action: 'created' | 'deleted', data: Data): WebhookEvent =>
  anEvent(isPromptAlias ? 'prompt_alias' : 'model_version_alias', action, data)

const anEvent = (entity: string, action: string, data: Data): WebhookEvent => ({
  entity,
  action,
  at: Date.now(),
  data,
})

const toRecord = (tags: readonly Tag[]): Data => Object.fromEntries(tags.map(({ key, value }) => [key, value]))
