import { existsSync } from 'node:fs'
import { resolve } from 'node:path'

/**
 * A folder that exists here becomes an absolute path, because the server has another working directory; everything
 * else stays. MLflow's rules: quotes around are dropped, the first `#` starts the subdirectory, and what exists on
 * disk is a folder even when it looks like a remote (spec/mlproject.md §6).
 */
export const toAbsoluteUri = (uri: string, workingDirectory: string): string => {
  const text = uri.replace(/^['"]+|['"]+$/g, '')
  const hash = text.indexOf('#')
  const location = hash < 0 ? text : text.slice(0, hash)
  const folder = resolve(workingDirectory, location)
  if (location.startsWith('file:') || !existsSync(folder)) return text
  return hash < 0 ? folder : `${folder}${text.slice(hash)}`
}
