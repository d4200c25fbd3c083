import { resolve } from 'node:path'

/**
 * A relative local path, or a `file:` URI of one, from the working directory: clients in other folders are to find the
 * same place. Every other place is given back as it is.
 */
export const toAbsolutePlace = (place: string, workingDirectory: string = process.cwd()): string => {
  const path = /^file:(?!\/)(.+)$/is.exec(place)?.[1]
  if (path !== undefined) return `file://${resolve(workingDirectory, path)}`
  return /^(?:[a-z][a-z0-9+.-]*:|\/)/i.test(place) ? place : resolve(workingDirectory, place)
}
