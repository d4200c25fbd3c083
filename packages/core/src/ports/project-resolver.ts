import type { ResolvedProject } from '../project/project.ts'

export interface ProjectResolver {
  /**
   * Finds the project, pins its version to a full SHA and parses its MLproject. Throws InvalidParameterValueError
   * (unreachable host, unknown ref, missing folder) or InvalidProjectError with every finding.
   */
  resolve(project: { readonly uri: string; readonly version?: string }): Promise<ResolvedProject>
}
