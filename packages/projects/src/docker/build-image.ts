import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import type Dockerode from 'dockerode'
import { type Headers, pack } from 'tar-fs'
import { hashDirectory } from '../content-hash.ts'
import { ExecutionFailure } from '../execution-failure.ts'
import { acquireHostLock } from '../host-lock.ts'
import { messageOf } from './engine.ts'
import { readProgress } from './progress.ts'
import { CONTENT_LABEL, findImage, type LocalImage } from './pull-image.ts'

export interface ImageBuild {
  readonly base: LocalImage
  readonly projectName?: string
  readonly commit?: string
  readonly projectDirectory: string
  /** `uid:gid` that owns the code in the image. */
  readonly user: string
  /** Holds the locks of builds. */
  readonly dataDirectory: string
}

const CODE = 'mlflow/projects/code'
const DOCKERFILE = 'Dockerfile.tidemill'
const KEPT_LINES = 20

/**
 * The project's code on top of its image, in MLflow's place: `/mlflow/projects/code`, which is the working directory.
 * The same content on the same base is not built again. Throws ExecutionFailure `image`.
 */
export const buildProjectImage = async (
  docker: Dockerode,
  build: ImageBuild,
  onLine: (text: string) => void,
  signal: AbortSignal,
): Promise<LocalImage> => {
  const { base, projectName, commit, projectDirectory, user, dataDirectory } = build
  const content = createHash('sha256')
    .update(JSON.stringify([1, base.id, user, await hashDirectory(projectDirectory)]))
    .digest('hex')
  const tag = `${toRepository(projectName)}:${(commit ?? content).slice(0, 7)}`
  await using _lock = await acquireHostLock(join(dataDirectory, 'images', `${content}.lock`), signal)
  const present = await findImage(docker, tag)
  if (present?.contentLabel === content) return present
  onLine(`Building the image ${tag} from ${base.uri}`)
  await runBuild(docker, build, { tag, content }, onLine, signal)
  const built = await findImage(docker, tag)
  if (built === undefined) throw new ExecutionFailure('infra_failed', 'image', `The built image '${tag}' is gone.`)
  return built
}

const runBuild = async (
  docker: Dockerode,
  build: ImageBuild,
  { tag, content }: { readonly tag: string; readonly content: string },
  onLine: (text: string) => void,
  signal: AbortSignal,
): Promise<void> => {
  const lines: string[] = []
  try {
    const stream = await docker.buildImage(buildContext(build), {
      t: tag,
      dockerfile: DOCKERFILE,
      labels: { [CONTENT_LABEL]: content },
      forcerm: true,
      abortSignal: signal,
    })
    for await (const message of readProgress(stream)) {
      const text = (message.error ?? message.stream ?? '').trimEnd()
      if (text !== '') {
        onLine(text)
        lines.push(text)
      }
      if (message.error !== undefined) throw new Error(message.error)
    }
  } catch (error) {
    signal.throwIfAborted()
    const last = lines.slice(-KEPT_LINES).join('\n')
    const reason = `Building the image '${tag}' failed: ${messageOf(error)}\n${last}`
    throw new ExecutionFailure('failed', 'image', reason.trimEnd(), { cause: error })
  }
}

/**
 * Times and owners are fixed, so that the same files give the same layer. Links go in as links, never as the files
 * that they point to on this host. The parent folders are in the context because COPY gives only what it copies to
 * the user.
 */
const buildContext = ({ base, projectDirectory, user }: ImageBuild): NodeJS.ReadableStream => {
  const git = join(projectDirectory, '.git')
  const dockerfile = `FROM ${base.uri}\nCOPY --chown=${user} mlflow/ /mlflow/\nWORKDIR /${CODE}/\n`
  const context = pack(projectDirectory, {
    ignore: (name) => name === git,
    map: toContextEntry,
    strict: false,
    finalize: false,
    finish: (entries) => {
      entries.entry({ name: DOCKERFILE }, dockerfile)
      entries.finalize()
    },
  })
  return Readable.from(context)
}

const toContextEntry = (header: Headers): Headers => ({
  ...header,
  name: `${CODE}/${header.name}`,
  // The container runs as another user than the one who checked the project out.
  mode: header.mode | (header.type === 'directory' || (header.mode & 0o100) !== 0 ? 0o555 : 0o444),
  mtime: new Date(0),
  uid: 0,
  gid: 0,
})

/** A name that Docker takes for a repository, close to the project's. */
const toRepository = (projectName: string | undefined): string =>
  (projectName ?? '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 100) || 'docker-project'
