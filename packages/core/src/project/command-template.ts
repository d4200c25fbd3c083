/** A piece of an entry point's command after reading it as Python's `str.format` does. */
export type TemplatePart =
  | { readonly kind: 'text'; readonly text: string }
  | {
      readonly kind: 'placeholder'
      readonly name: string
      readonly padding?: Padding
      /** As written, braces included. */
      readonly source: string
    }
  | { readonly kind: 'problem'; readonly message: string; readonly hint: string }

export interface Padding {
  readonly fill: string
  readonly align: '<' | '>' | '^'
  readonly width: number
}

const BRACES_HINT = 'write {{ and }} for braces that the shell should see'
const MAX_WIDTH = 1000

/**
 * Reads the `str.format` subset that shell-quoted text allows: `{name}`, `{name!s}`, `{name:>20}`, `{{`, `}}`.
 * Conversions and precision are problems: they would undo the quotes around a value.
 */
export const parseCommandTemplate = (command: string): TemplatePart[] => {
  const parts: TemplatePart[] = []
  let position = 0
  for (const match of command.matchAll(/\{\{|\}\}|\{[^{}]*\}|[{}]/g)) {
    if (match.index > position) parts.push({ kind: 'text', text: command.slice(position, match.index) })
    parts.push(parseBraces(match[0]))
    position = match.index + match[0].length
  }
  if (position < command.length) parts.push({ kind: 'text', text: command.slice(position) })
  return parts
}

const parseBraces = (source: string): TemplatePart => {
  if (source === '{{') return { kind: 'text', text: '{' }
  if (source === '}}') return { kind: 'text', text: '}' }
  if (source.length === 1) return { kind: 'problem', message: `single '${source}' in the command`, hint: BRACES_HINT }
  return parsePlaceholder(source)
}

const parsePlaceholder = (source: string): TemplatePart => {
  const [, name = '', conversion, format] = /^\{([^!:]*)(?:!([^:]*))?(?::(.*))?\}$/s.exec(source) ?? []
  if (/^\d*$/.test(name)) {
    return {
      kind: 'problem',
      message: `placeholder ${source} has no parameter name`,
      hint: `${BRACES_HINT}, or name a parameter`,
    }
  }
  if (/[.[\]]/.test(name)) {
    return {
      kind: 'problem',
      message: `placeholder ${source} reaches into a value`,
      hint: `a placeholder is the name of a parameter and nothing else; ${BRACES_HINT}`,
    }
  }
  if (conversion !== undefined && conversion !== 's') {
    return {
      kind: 'problem',
      message: `placeholder ${source} has the conversion '!${conversion}', which would undo the quotes around the value`,
      hint: `write {${name}}`,
    }
  }
  if (format === undefined || format === '') return { kind: 'placeholder', name, source }
  const padding = parsePadding(format)
  return padding === undefined
    ? {
        kind: 'problem',
        message: `placeholder ${source} has the format '${format}', which a command cannot use`,
        hint: `only an alignment and a width are possible, for example {${name}:>20}; ${BRACES_HINT}`,
      }
    : { kind: 'placeholder', name, padding, source }
}

const parsePadding = (format: string): Padding | undefined => {
  const [matched, fill, align, width] = /^(?:(.)?([<>^]))?([1-9]\d{0,3})?s?$/su.exec(format) ?? []
  if (matched === undefined || Number(width ?? 0) > MAX_WIDTH) return undefined
  return { fill: fill ?? ' ', align: align === '>' || align === '^' ? align : '<', width: Number(width ?? 0) }
}

/** Pads as Python does: an odd blank of `^` goes to the right. */
export const pad = (text: string, { fill, align, width }: Padding): string => {
  const missing = Math.max(0, width - Array.from(text).length)
  const left = align === '<' ? 0 : align === '>' ? missing : Math.floor(missing / 2)
  return fill.repeat(left) + text + fill.repeat(missing - left)
}
