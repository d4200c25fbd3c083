import { toPythonJson } from '../run/python-text.ts'
import { parseJson } from '../wire/parse-json.ts'

/** Tag of a logged model: the JSON list of the model versions that were made from it. */
export const REGISTERED_VERSIONS_TAG = 'mlflow.modelVersions'

/**
 * The tag's text with one more version, or undefined when it is there already or the text is no list. What is in the
 * list stays byte for byte: clients of MLflow 3 write the same entries with the version as a string.
 */
export const appendRegisteredVersion = (
  text: string | undefined,
  version: { readonly name: string; readonly version: number },
): string | undefined => {
  const entry = toPythonJson({ name: version.name, version: version.version })
  if (text === undefined) return `[${entry}]`
  const list = parseList(text)
  if (list === undefined || list.some((item) => isSameVersion(item, version))) return undefined
  const open = text.slice(0, text.lastIndexOf(']'))
  return list.length === 0 ? `[${entry}]` : `${open.trimEnd()}, ${entry}]`
}

const parseList = (text: string): readonly unknown[] | undefined => {
  const list = parseJson(text)
  return Array.isArray(list) ? list : undefined
}

const isSameVersion = (item: unknown, { name, version }: { readonly name: string; readonly version: number }) =>
  typeof item === 'object' &&
  item !== null &&
  Reflect.get(item, 'name') === name &&
  Reflect.get(item, 'version') === version
