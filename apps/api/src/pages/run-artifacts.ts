import {
  type ArtifactPath,
  ARTIFACT_ROOT,
  artifactBasename,
  DomainError,
  type FileInfo,
  joinArtifactPath,
} from '@tidemill/core'
import type { AppContext } from '../context.ts'
import { type Html, html } from './html.ts'
import { card, table } from './parts.ts'

const SHOWN_FILES = 500

/** The files of one folder, or why they cannot be shown: the other facts of the run are worth showing all the same. */
export const listFolder = async (
  repository: AppContext['repository'],
  artifactUri: string,
  folder: ArtifactPath,
): Promise<readonly ShownFile[] | string> => {
  try {
    const root = repository.resolve(artifactUri)
    const skipped = root.path === ARTIFACT_ROOT ? 0 : root.path.length + 1
    const files = await root.store.list(joinArtifactPath(root.path, folder))
    return files.map((file) => ({ ...file, shownPath: file.path.slice(skipped) }))
  } catch (error) {
    if (error instanceof DomainError) return error.message
    throw error
  }
}

export interface ShownFile extends FileInfo {
  /** Below the run's own root. */
  readonly shownPath: string
}

/** One folder of a run's artifacts; files download, folders open. */
export const renderArtifacts = (runId: string, folder: ArtifactPath, files: readonly ShownFile[] | string): Html => {
  const up = folder.split('/').slice(0, -1).join('/')
  const here = `/runs/${encodeURIComponent(runId)}`
  return card(
    folder === ARTIFACT_ROOT ? 'Artifacts' : `Artifacts: ${folder}`,
    html`${
      folder === ARTIFACT_ROOT
        ? undefined
        : html`<p><a href="${here}${up === '' ? '' : `?path=${encodeURIComponent(up)}`}">Up</a></p>`
    }
    ${
      typeof files === 'string'
        ? html`<p class="empty">${files}</p>`
        : files.length === 0
          ? html`<p class="empty">No artifact is here.</p>`
          : table(
              ['File', 'Size'],
              files.slice(0, SHOWN_FILES).map((file) => {
                const name = artifactBasename(file.path)
                const path = encodeURIComponent(file.shownPath)
                return file.isDir
                  ? [html`<a href="${here}?path=${path}">${name}/</a>`, '']
                  : [
                      html`<a href="/get-artifact?run_id=${encodeURIComponent(runId)}&amp;path=${path}">${name}</a>`,
                      html`<span class="fixed number">${formatSize(file.fileSize ?? 0)}</span>`,
                    ]
              }),
            )
    }
    ${
      typeof files === 'string' || files.length === 0
        ? undefined
        : html`<p>
            <a href="/get-artifact-archive?run_id=${encodeURIComponent(runId)}&amp;path=${encodeURIComponent(folder)}"
              >Download all as a zip file</a
            >
          </p>`
    }`,
  )
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const

const formatSize = (bytes: number): string => {
  const power = bytes < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log2(bytes) / 10))
  const scaled = bytes / 1024 ** power
  return `${power === 0 ? scaled : scaled.toFixed(1)} ${UNITS[power] ?? 'B'}`
}
