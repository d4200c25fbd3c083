import type Dockerode from 'dockerode'
import { ExecutionFailure } from '../execution-failure.ts'
import { messageOf, statusOf } from './engine.ts'
import { readProgress } from './progress.ts'

/** An image on the engine. */
export interface LocalImage {
  /** The name it was asked for by. */
  readonly uri: string
  /** `sha256:…`: what is run, whatever its name comes to mean later. */
  readonly id: string
  readonly workingDirectory: string
  readonly contentLabel?: string
}

/** Label of images that Tidemill built: the hash of all that went in. */
export const CONTENT_LABEL = 'tidemill.content'

/** The image of the engine, pulled only when it is absent. Throws ExecutionFailure `image`. */
export const ensureImage = async (
  docker: Dockerode,
  image: string,
  onLine: (text: string) => void,
  signal: AbortSignal,
): Promise<LocalImage> => {
  const present = await findImage(docker, image)
  if (present !== undefined) return present
  onLine(`Pulling the image ${image}`)
  await pull(docker, image, onLine, signal)
  const pulled = await findImage(docker, image)
  if (pulled === undefined) throw new ExecutionFailure('infra_failed', 'image', `The pulled image '${image}' is gone.`)
  return pulled
}

/** Undefined when the engine has no such image. */
export const findImage = async (docker: Dockerode, image: string): Promise<LocalImage | undefined> => {
  try {
    const { Id, Config } = await docker.getImage(image).inspect()
    const contentLabel = Config?.Labels?.[CONTENT_LABEL]
    return {
      uri: image,
      id: Id,
      workingDirectory: Config?.WorkingDir ?? '',
      ...(contentLabel === undefined ? {} : { contentLabel }),
    }
  } catch (error) {
    if (statusOf(error) === 404) return undefined
    throw new ExecutionFailure(
      statusOf(error) === 400 ? 'rejected' : 'infra_failed',
      'image',
      `The engine cannot look at the image '${image}': ${messageOf(error)}`,
      { cause: error },
    )
  }
}

const pull = async (
  docker: Dockerode,
  image: string,
  onLine: (text: string) => void,
  signal: AbortSignal,
): Promise<void> => {
  try {
    const stream = await docker.pull(withTag(image), { abortSignal: signal })
    for await (const { status, id, error } of readProgress(stream)) {
      if (error !== undefined) throw new Error(error)
      if (status !== undefined && isMilestone(status)) onLine(id === undefined ? status : `${id}: ${status}`)
    }
  } catch (error) {
    signal.throwIfAborted()
    throw pullFailure(image, error)
  }
}

/** Without a tag the engine would pull every tag of the repository. */
const withTag = (image: string): string => {
  const name = image.slice(image.lastIndexOf('/') + 1)
  return name.includes(':') || name.includes('@') ? image : `${image}:latest`
}

/** Each layer reports its bytes many times a second; a log wants what is done. */
const isMilestone = (status: string): boolean => /^(?:Pulling from|Pull complete|Digest:|Status:)/.test(status)

const NOT_FOUND = /not found|manifest unknown|does not exist|access denied|unauthorized|denied:|invalid reference/i

const pullFailure = (image: string, error: unknown): ExecutionFailure => {
  const isMissing = statusOf(error) === 404 || NOT_FOUND.test(messageOf(error))
  return isMissing
    ? new ExecutionFailure(
        'rejected',
        'image',
        `The image '${image}' was not found: ${messageOf(error)}. Check docker_env.image in the MLproject file, ` +
          `build or load the image on the worker, or log the worker's engine in to its registry.`,
        { cause: error },
      )
    : new ExecutionFailure(
        'infra_failed',
        'image',
        `The image '${image}' is not on the worker and could not be pulled: ${messageOf(error)}. ` +
          `Check that the worker reaches the registry, or load the image there (docker load).`,
        { cause: error },
      )
}
