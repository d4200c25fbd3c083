import type { ProjectEnvironment } from '@tidemill/core'
import type { YamlMap, YamlNode } from '../yaml/node.ts'
import { findValue, toValueText, warnAboutNearMisses } from '../yaml/read-node.ts'
import type { Report } from '../yaml/report.ts'

type DockerEnvironment = Extract<ProjectEnvironment, { readonly kind: 'docker' }>

const INVALID = 'Project configuration (MLproject file) was invalid:'

/** `[registry[:port]/]path[:tag][@digest]`, never an option: image names reach the Docker API (spec/security.md §3.4). */
const IMAGE = /^[A-Za-z0-9][A-Za-z0-9._:/@+-]{0,511}$/

/** The `docker_env` of an MLproject (spec/mlproject.md §3.5). */
export const readDockerEnvironment = (map: YamlMap, project: YamlMap, report: Report): DockerEnvironment => {
  warnAboutNearMisses(map, ['image', 'volumes', 'environment'], report)
  if (findValue(project, 'name') === undefined) {
    const message = 'Project name in MLProject must be specified when using docker for image tagging.'
    report.error(map, message, 'add a top-level name')
  }
  return {
    kind: 'docker',
    image: readImage(map, report),
    volumes: readVolumes(map, report),
    variables: readVariables(map, report),
  }
}

const readImage = (map: YamlMap, report: Report): string => {
  const node = findValue(map, 'image')
  const image = node === undefined ? '' : (toValueText(node) ?? '')
  if (image === '') {
    const message = `${INVALID} Docker environment specified but no image attribute found.`
    report.error(map, message, 'add image: name:tag')
  } else if (!IMAGE.test(image)) {
    report.error(
      node,
      `'${image.slice(0, 80)}' is not the name of an image`,
      'write it as for docker pull, e.g. python:3.12-slim',
    )
  }
  return image
}

const readVolumes = (map: YamlMap, report: Report): string[] => {
  const node = findValue(map, 'volumes')
  if (node === undefined) return []
  const volumes = node.kind === 'list' ? node.items.filter(isText).map(({ text }) => text) : []
  if (node.kind !== 'list' || volumes.length < node.items.length) {
    const example = `'["/path1/:/path1", "/path2/:/path2"])`
    report.error(node, `${INVALID} Docker volumes must be a list of strings, e.g.: ${example}`, 'quote each volume')
  }
  return volumes
}

const readVariables = (map: YamlMap, report: Report): DockerEnvironment['variables'] => {
  const node = findValue(map, 'environment')
  if (node === undefined) return []
  const items = node.kind === 'list' ? node.items : []
  const variables = items.flatMap((item) => {
    const variable = toVariable(item)
    return variable === undefined ? [] : [variable]
  })
  if (node.kind !== 'list' || variables.length < items.length) {
    report.error(
      node,
      `${INVALID} environment must be a list containing either strings (to copy environment variables from host system) ` +
        `or lists of string pairs (to define new environment variables).E.g.: '[["NEW_VAR", "new_value"], "VAR_TO_COPY_FROM_HOST"])`,
      'a name has no = in it, and values are quoted',
    )
  }
  return variables
}

const toVariable = (node: YamlNode): string | readonly [string, string] | undefined => {
  if (isText(node)) return isVariableName(node.text) ? node.text : undefined
  if (node.kind !== 'list' || node.items.length !== 2) return undefined
  const [name, value] = node.items
  if (name === undefined || value === undefined || !isText(name) || !isVariableName(name.text)) return undefined
  const text = value.kind === 'scalar' ? toValueText(value) : undefined
  return text === undefined ? undefined : [name.text, text]
}

const isVariableName = (name: string): boolean => name !== '' && !name.includes('=') && name.length <= 1024

const isText = (node: YamlNode): node is YamlNode & { readonly kind: 'scalar' } =>
  node.kind === 'scalar' && node.type === 'str'
