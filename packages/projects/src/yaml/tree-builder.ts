import { isAlias, isMap, isScalar, isSeq, type Alias, type Document, type Node, type Pair, type Scalar } from 'yaml'
import type { Place, YamlEntry, YamlMap, YamlNode, YamlScalar } from './node.ts'
import { resolvePlainScalar, resolveTaggedScalar } from './python-scalar.ts'
import type { Report } from './report.ts'

export const MAX_NESTING = 50
const MAX_ALIASES = 50
/** Nodes after every alias was replaced: fifty aliases of aliases can make millions. */
const MAX_NODES = 100_000

/** Turns the library's nodes into ours: aliases and `<<` replaced, scalars typed as PyYAML does, within bounds. */
export const buildTree = (
  document: Document.Parsed,
  place: (offset: number) => Place,
  report: Report,
): YamlNode | undefined => {
  const builder = new TreeBuilder(document, place, report)
  const tree = builder.build(document.contents, { line: 1, column: 1 })
  return builder.isOverLimit ? undefined : tree
}

class TreeBuilder {
  readonly #document: Document.Parsed
  readonly #place: (offset: number) => Place
  readonly #report: Report
  readonly #ancestors = new Set<Node>()
  #aliases = 0
  #nodes = 0
  isOverLimit = false

  constructor(document: Document.Parsed, place: (offset: number) => Place, report: Report) {
    this.#document = document
    this.#place = place
    this.#report = report
  }

  build(node: unknown, fallback: Place): YamlNode {
    const at = this.#placeOf(node, fallback)
    if (isAlias(node)) return this.#buildAlias(node, at)
    if (isScalar(node)) return this.#buildScalar(node, at)
    if (!isMap(node) && !isSeq(node)) return nullAt(at)
    if (!this.#enter(node, at)) return nullAt(at)
    this.#refuseTag(node, at)
    const built: YamlNode = isMap(node)
      ? this.#buildMap(node.items, at)
      : { kind: 'list', ...at, items: node.items.map((item) => this.build(item, at)) }
    this.#ancestors.delete(node)
    return built
  }

  #placeOf(node: unknown, fallback: Place): Place {
    const offset = isScalar(node) || isMap(node) || isSeq(node) || isAlias(node) ? node.range?.[0] : undefined
    return offset === undefined ? fallback : this.#place(offset)
  }

  /** False when a limit is reached: the tree stops growing there. */
  #enter(node: Node, at: Place): boolean {
    if (this.isOverLimit) return false
    this.#nodes += isMap(node) || isSeq(node) ? node.items.length : 1
    if (this.#ancestors.has(node)) return this.#stop(at, 'an alias stands inside of what it repeats', 'write it out')
    if (this.#ancestors.size >= MAX_NESTING) {
      return this.#stop(at, `lists and maps are nested more than ${MAX_NESTING} deep`, 'flatten them')
    }
    if (this.#nodes > MAX_NODES) {
      return this.#stop(at, `the document has more than ${MAX_NODES} values`, 'make it smaller, with fewer aliases')
    }
    this.#ancestors.add(node)
    return true
  }

  #stop(at: Place, message: string, hint: string): false {
    this.#report.error(at, message, hint)
    this.isOverLimit = true
    return false
  }

  #buildAlias(alias: Alias, at: Place): YamlNode {
    this.#aliases++
    if (this.#aliases > MAX_ALIASES) {
      if (!this.isOverLimit) this.#stop(at, `more than ${MAX_ALIASES} aliases are followed`, 'write the values out')
      return nullAt(at)
    }
    const target = alias.resolve(this.#document)
    if (target === undefined)
      this.#report.error(
        at,
        `unknown alias '*${alias.source}'`,
        `define it before with &${alias.source}, or quote a text that starts with *`,
      )
    return { ...this.build(target, at), ...at }
  }

  #buildScalar(node: Scalar, at: Place): YamlScalar {
    const source = typeof node.value === 'string' ? node.value : (node.source ?? '')
    const value =
      node.tag === undefined
        ? node.type === 'PLAIN' || node.type === undefined
          ? resolvePlainScalar(source)
          : ({ type: 'str', text: source } as const)
        : resolveTaggedScalar(source, node.tag)
    if (typeof value !== 'string') return { kind: 'scalar', ...at, ...value }
    this.#report.error(at, value, 'quote it to keep it as text')
    return { kind: 'scalar', ...at, type: 'str', text: source }
  }

  #refuseTag(node: { readonly tag?: string | undefined }, at: Place): void {
    if (node.tag === undefined || /^tag:yaml\.org,2002:(?:map|seq)$/.test(node.tag)) return
    this.#report.error(at, `the tag ${node.tag} is not supported`, 'remove it')
  }

  #buildMap(pairs: readonly Pair<unknown, unknown>[], at: Place): YamlMap {
    const merged = new Map<string, YamlEntry>()
    const own = new Map<string, YamlEntry>()
    for (const pair of pairs) {
      const key = this.#buildKey(pair.key, at)
      if (key === undefined) continue
      const value = this.build(pair.value, key)
      if (key.text === '<<' && isScalar(pair.key) && pair.key.type === 'PLAIN') {
        for (const entry of this.#listMerged(value)) merged.set(entry.key.text, entry)
      } else if (own.has(key.text)) {
        this.#report.error(key, `duplicate key '${key.text}'`, 'remove one: YAML would silently keep the last')
      } else {
        own.set(key.text, { key, value })
      }
    }
    return { kind: 'map', ...at, entries: Array.from(new Map([...merged, ...own]).values()) }
  }

  #buildKey(node: unknown, at: Place): YamlEntry['key'] | undefined {
    const keyPlace = this.#placeOf(node, at)
    const target = isAlias(node) ? node.resolve(this.#document) : node
    const text = isScalar(target) && typeof target.value === 'string' ? target.value : undefined
    if (text !== undefined && text !== '') return { ...keyPlace, text }
    this.#report.error(
      keyPlace,
      'a key is not plain text',
      'quote a value that starts with { or [, or write key: value',
    )
    return undefined
  }

  /** The first map of a list wins, as in PyYAML. */
  #listMerged(value: YamlNode): YamlEntry[] {
    if (value.kind === 'map') return [...value.entries]
    const maps = value.kind === 'list' ? value.items.filter((item) => item.kind === 'map') : []
    if (value.kind !== 'list' || maps.length < value.items.length) {
      this.#report.error(value, 'what << merges is not a map', 'merge a map or a list of maps')
    }
    return maps.toReversed().flatMap((map) => map.entries)
  }
}

const nullAt = (at: Place): YamlScalar => ({ kind: 'scalar', ...at, type: 'null', text: '' })
