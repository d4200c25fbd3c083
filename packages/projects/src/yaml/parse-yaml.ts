import { LineCounter, parseDocument, type YAMLError } from 'yaml'
import type { YamlNode } from './node.ts'
import type { Report } from './report.ts'
import { buildTree, MAX_NESTING } from './tree-builder.ts'

/** Syntax errors cascade: after these the rest is noise. */
const MAX_SYNTAX_ERRORS = 20
/** Characters; the files that reach this are bounded in bytes already. */
const MAX_LENGTH = 256 * 1024
const MAX_OPEN_BRACKETS = 1000
const TOO_DEEP = `lists and maps are nested more than ${MAX_NESTING} deep`

/**
 * The document as Python's `yaml.safe_load` reads it, with positions. Undefined when the report got errors that leave
 * nothing to go on. An empty document is a null scalar.
 */
export const parseYaml = (text: string, report: Report): YamlNode | undefined => {
  if (text.length > MAX_LENGTH) {
    report.error(undefined, 'has more than 256 KB', 'move what is not configuration to other files')
    return undefined
  }
  const lines = new LineCounter()
  const place = (offset: number) => {
    const { line, col } = lines.linePos(offset)
    return { line: Math.max(line, 1), column: Math.max(col, 1) }
  }
  const deep = findDeepNesting(text)
  if (deep !== undefined) {
    report.error(placeIn(text, deep), TOO_DEEP, 'flatten them')
    return undefined
  }
  const document = parseDocument(text, {
    lineCounter: lines,
    // All scalars stay text: PyYAML's types are worked out from it, the library's YAML 1.1 differs in numbers and dates.
    schema: 'failsafe',
    version: '1.1',
    merge: false,
    uniqueKeys: false,
    prettyErrors: false,
    // `silent` would hide a second document.
    logLevel: 'error',
  })
  const control = findControlCharacter(text)
  if (control !== undefined) {
    report.error(place(control), `has the control character ${codePoint(text, control)}`, 'remove it')
  }
  for (const error of document.errors.slice(0, MAX_SYNTAX_ERRORS)) {
    if (error.code === 'RESOURCE_EXHAUSTION') {
      // The parser's own stack ended; every level above reports it again.
      report.error(place(error.pos[0]), TOO_DEEP, 'flatten them')
      break
    }
    report.error(place(error.pos[0]), describeSyntaxError(error), SYNTAX_HINTS[error.code])
    // What follows a quote or bracket that is left open is read as something that it is not.
    if (error.code === 'MISSING_CHAR') break
  }
  if (report.findings.length > 0) return undefined
  return buildTree(document, place, report)
}

const describeSyntaxError = ({ code, message }: YAMLError): string => {
  if (code === 'MULTIPLE_DOCS') return 'a second document starts here'
  const [line = message] = message.split('\n')
  return line.charAt(0).toLowerCase() + line.slice(1)
}

const QUOTE_HINT = 'quote a text that has ": " in it or starts with a special character'

const SYNTAX_HINTS: Readonly<Partial<Record<YAMLError['code'], string>>> = {
  TAB_AS_INDENT: 'indent with blanks',
  BAD_INDENT: 'indent the keys of one map alike',
  BLOCK_AS_IMPLICIT_KEY: QUOTE_HINT,
  MULTILINE_IMPLICIT_KEY: QUOTE_HINT,
  BAD_SCALAR_START: QUOTE_HINT,
  BAD_DQ_ESCAPE: 'use single quotes for a text with backslashes',
  MISSING_CHAR: 'close the quote or bracket that is open before here',
  MULTIPLE_DOCS: 'keep one document in the file',
}

/**
 * Offset where brackets, or `- - -` in one line, open far too many levels: the parser would recurse on them. Texts count
 * too, but one with that many is no configuration.
 */
const findDeepNesting = (text: string): number | undefined => {
  let depth = 0
  for (let offset = 0; offset < text.length; offset++) {
    const character = text.charCodeAt(offset)
    if (character === 0x5b || character === 0x7b) depth++
    else if (character === 0x5d || character === 0x7d) depth = Math.max(0, depth - 1)
    if (depth > MAX_OPEN_BRACKETS) return offset
  }
  return /(?:[-?][ \t]+){51}/.exec(text)?.index
}

/** What YAML 1.1 and PyYAML do not allow anywhere. */
const findControlCharacter = (text: string): number | undefined => {
  // eslint-disable-next-line no-control-regex -- control characters are what it looks for
  const match = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f\x80-\x84\x86-\x9f\ufffe\uffff]/.exec(text)
  return match?.index
}

const codePoint = (text: string, offset: number): string =>
  `U+${(text.codePointAt(offset) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`

const placeIn = (text: string, offset: number): { line: number; column: number } => {
  const before = text.slice(0, offset).split('\n')
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 }
}
