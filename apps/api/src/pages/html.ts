/** Text that is already HTML. Made by `html` alone, so that everything else gets escaped. */
export interface Html {
  readonly markup: string
}

/** What a template may hold; undefined writes nothing. */
export type Part = string | number | Html | readonly Html[] | undefined

/** Tagged template: every value that is not Html itself is escaped. */
export const html = (strings: TemplateStringsArray, ...parts: readonly Part[]): Html => ({
  markup: strings.reduce((text, string, index) => text + toMarkup(parts[index - 1]) + string),
})

const toMarkup = (part: Part): string => {
  if (part === undefined) return ''
  if (typeof part === 'string' || typeof part === 'number') return escapeHtml(String(part))
  return 'markup' in part ? part.markup : part.map(({ markup }) => markup).join('')
}

const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
