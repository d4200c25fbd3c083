import { readList } from '../yaml/read-node.ts'
import { describeNode, type YamlNode } from '../yaml/node.ts'
import type { Report } from '../yaml/report.ts'

const MAX_LINE_LENGTH = 2000
const MAX_LINES = 1000

const REQUIREMENT_FILE = /^(?:-r|-c|--requirement|--constraint)(?:\s*=\s*|\s+|(?<=^-[rc]))(.+)$/

/**
 * Lines as they will stand in a requirements file, one each. They are never part of a shell command, and none can smuggle
 * in a second line (spec/security.md §3.4, CVE-2025-15379).
 */
export const readDependencyLines = (node: YamlNode, what: string, report: Report): string[] => {
  const items = readList(node, what, report)
  if (items.length > MAX_LINES) {
    report.error(
      node,
      `${what} has ${items.length} lines, at most ${MAX_LINES} are allowed`,
      'put them into a file and write -r FILE',
    )
    return []
  }
  return items.flatMap((item) => {
    const line = readLine(item, what, report)
    return line === undefined ? [] : [line]
  })
}

/** The files that `-r` and `-c` lines name, relative to the project root. */
export const listRequirementFiles = (lines: readonly string[]): string[] =>
  lines.flatMap((line) => {
    const file = toRequirementFile(line)
    return file === undefined ? [] : [file]
  })

const readLine = (item: YamlNode, what: string, report: Report): string | undefined => {
  if (item.kind !== 'scalar' || item.type !== 'str') {
    const hint = item.kind === 'scalar' ? 'quote it' : 'write one requirement, for example "numpy==2.1"'
    report.error(item, `a line of ${what} must be text, but is ${describeNode(item)}`, hint)
    return undefined
  }
  const line = item.text.trim()
  if (/[\r\n\0\u2028\u2029\u0085\v\f]/.test(line)) {
    report.error(item, `a line of ${what} has a line break in it`, 'write one requirement per item')
    return undefined
  }
  if (line.length > MAX_LINE_LENGTH) {
    report.error(item, `a line of ${what} has ${line.length} characters`, `use at most ${MAX_LINE_LENGTH}`)
    return undefined
  }
  const file = toRequirementFile(line)
  if (file !== undefined && !isInside(file)) {
    report.error(item, `'${file}' is outside of the project`, 'name a file by its path from the project root')
    return undefined
  }
  return line
}

const toRequirementFile = (line: string): string | undefined => {
  const [, rest] = REQUIREMENT_FILE.exec(line.trim()) ?? []
  return rest?.replace(/\s#.*$/, '').trim()
}

const isInside = (path: string): boolean =>
  !path.startsWith('/') && !/^[A-Za-z][A-Za-z0-9+.-]*:/.test(path) && !path.split(/[\\/]/).includes('..')
