/** Where something stands in its document; both start at 1. */
export interface Place {
  readonly line: number
  readonly column: number
}

/** A YAML document as Python's `yaml.safe_load` understands it, with positions. */
export type YamlNode = YamlScalar | YamlMap | YamlList

export interface YamlScalar extends Place {
  readonly kind: 'scalar'
  /** The Python type that the value has. */
  readonly type: 'str' | 'int' | 'float' | 'bool' | 'date' | 'null'
  /** Python's `str()` of the value; `''` for null. */
  readonly text: string
}

export interface YamlMap extends Place {
  readonly kind: 'map'
  /** In document order, keys unique, `<<` merged. */
  readonly entries: readonly YamlEntry[]
}

export interface YamlEntry {
  readonly key: Place & { readonly text: string }
  readonly value: YamlNode
}

interface YamlList extends Place {
  readonly kind: 'list'
  readonly items: readonly YamlNode[]
}

export const isNull = (node: YamlNode): boolean => node.kind === 'scalar' && node.type === 'null'

export const findEntry = (map: YamlMap, key: string): YamlEntry | undefined =>
  map.entries.find((entry) => entry.key.text === key)

/** What the node is, for messages: `a list`, `the number 5`. */
export const describeNode = (node: YamlNode): string => {
  if (node.kind !== 'scalar') return `a ${node.kind}`
  const text = node.text.length > 60 ? `${node.text.slice(0, 57)}...` : node.text
  switch (node.type) {
    case 'null':
      return 'empty'
    case 'str':
      return `the text '${text}'`
    case 'bool':
      return `the truth value ${text}`
    case 'date':
      return `the date ${text}`
    case 'int':
    case 'float':
      return `the number ${text}`
  }
}
