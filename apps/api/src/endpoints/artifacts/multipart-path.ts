import {
  type ArtifactPath,
  type ArtifactStore,
  InvalidParameterValueError,
  joinArtifactPath,
  type MultipartUploads,
  NotImplementedError,
  parseArtifactPath,
} from '@tidemill/core'

/** The URL names the folder; of the client's own path to its file, only the name counts. */
export const toMultipartPath = (folder: ArtifactPath, clientPath: string): ArtifactPath => {
  const name = parseArtifactPath(clientPath.split(/[/\\]/).at(-1) ?? '')
  if (name === '') throw new InvalidParameterValueError('Invalid path')
  return joinArtifactPath(folder, name)
}

/** Clients fall back to a plain upload when the message starts with exactly this text. */
export const requireMultipart = ({ multipart }: ArtifactStore): MultipartUploads => {
  if (multipart !== undefined) return multipart
  throw new NotImplementedError('Multipart upload is not supported for the current artifact repository')
}
