import { createHash } from 'node:crypto'
import { hashDirectory } from '../content-hash.ts'
import type { EnvironmentRecipe } from './build-environment.ts'

/** Grows when the way to build changes, so that older environments are not taken for newer ones. */
const BUILDER_VERSION = 1

/**
 * SHA-256, hex, of all that makes an environment what it is. Comments, blank lines and how files include each other
 * do not count; the project's own files only when a requirement installs from them.
 */
export const environmentKey = async (
  recipe: EnvironmentRecipe,
  interpreterVersion: string | undefined,
): Promise<string> => {
  const { buildDependencies, dependencies, projectDirectory } = recipe
  const usesProject = buildDependencies.usesProject || dependencies.usesProject
  // Paths below the checkout differ from attempt to attempt.
  const inProject = (text: string) => text.replaceAll(projectDirectory, '<project>')
  const facts = {
    builder: BUILDER_VERSION,
    manager: recipe.uv === undefined ? 'virtualenv' : 'uv',
    platform: [process.platform, process.arch],
    python: [recipe.python, interpreterVersion ?? null],
    requirements: [buildDependencies, dependencies].map(({ lines, constraints }) => ({
      lines: lines.map(inProject),
      constraints: [...constraints.values()],
    })),
    project: usesProject ? await hashDirectory(projectDirectory) : null,
  }
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex')
}
