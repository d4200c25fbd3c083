/** The MLproject file among the names of a project root, with what its author should know about the choice. */
export interface FoundProjectFile {
  readonly name?: string
  readonly warnings: readonly string[]
}

/**
 * The name that is `mlproject` in any case, without an extension (spec/mlproject.md §3.1). Of several, `MLproject`, or
 * else the first by character code, where MLflow leaves it to the file system.
 */
export const findProjectFile = (names: readonly string[]): FoundProjectFile => {
  const matching = names.filter((name) => name.toLowerCase() === 'mlproject').sort()
  const name = matching.includes('MLproject') ? 'MLproject' : matching[0]
  if (name !== undefined) {
    const others = matching.filter((other) => other !== name)
    return {
      name,
      warnings: others.map((other) => `${other}: is ignored, because ${name} is there too (keep one of them)`),
    }
  }
  return {
    warnings: names
      .filter((other) => /^mlproject\.ya?ml$/i.test(other))
      .map((other) => `${other}: is ignored, as by MLflow (rename it to MLproject, without an extension)`),
  }
}
