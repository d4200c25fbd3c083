/** What a client says who it is with, as MLflow's clients do. */
export type Credentials =
  | { readonly username: string; readonly password: string }
  /** For a step of a workflow run, or a proxy before the server. */
  | { readonly token: string }

/** The headers of every request; none without credentials. */
export const toLoginHeaders = (credentials: Credentials | undefined): Readonly<Record<string, string>> => {
  if (credentials === undefined) return {}
  if ('token' in credentials) return { authorization: `Bearer ${credentials.token}` }
  const bytes = new TextEncoder().encode(`${credentials.username}:${credentials.password}`)
  return { authorization: `Basic ${btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))}` }
}
