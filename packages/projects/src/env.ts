/**
 * The variables of this process, read here only: what a step inherits, where tools and the Docker Engine are. They are
 * not settings of Tidemill's own, those come as options.
 */
export const hostVariables = (): Readonly<Record<string, string | undefined>> => process.env
