import { checkCommand, type EntryPoint } from '@tidemill/core'
import { findEntry, isNull, type YamlEntry, type YamlMap } from '../yaml/node.ts'
import { findValue, readMap, readString, warnAboutNearMisses } from '../yaml/read-node.ts'
import type { Report } from '../yaml/report.ts'
import { readParameters } from './read-parameters.ts'

const MAX_NAME_LENGTH = 500

/** The `entry_points` of an MLproject; entries with findings are kept by name, so that others may refer to them. */
export const readEntryPoints = (root: YamlMap, report: Report): EntryPoint[] => {
  const entry = findEntry(root, 'entry_points')
  if (entry === undefined) return []
  if (isNull(entry.value)) {
    report.error(entry.key, 'entry_points is empty', 'add an entry point below it, or remove the key')
    return []
  }
  const map = readMap(entry.value, 'entry_points', report)
  return (map?.entries ?? []).map((one) => readEntryPoint(one, report))
}

const readEntryPoint = ({ key, value }: YamlEntry, report: Report): EntryPoint => {
  const name = key.text
  if (name.length > MAX_NAME_LENGTH) {
    report.error(key, `the entry point's name has ${name.length} characters`, `use at most ${MAX_NAME_LENGTH}`)
  }
  const what = `entry point '${name}'`
  const map = readMap(value, what, report)
  if (map === undefined) return { name, command: '', parameters: [] }
  warnAboutNearMisses(map, ['parameters', 'command'], report)
  const parameters = readParameters(map, what, report)
  const node = findValue(map, 'command')
  if (node === undefined) {
    report.error(key, `${what} has no command`, 'add command: "python train.py"')
    return { name, command: '', parameters }
  }
  const command = readString(node, `command of ${what}`, report, 'quote the whole command')
  if (command === undefined) return { name, command: '', parameters }
  const entryPoint = { name, command, parameters }
  for (const { severity, message, hint } of checkCommand(entryPoint)) {
    if (severity === 'error') report.error(node, `${what}: ${message}`, hint)
    else report.warn(node, `${what}: ${message}`, hint)
  }
  return entryPoint
}
