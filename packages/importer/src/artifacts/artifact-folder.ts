export interface SourceFile {
  /** Relative to the folder, `/`-separated. */
  readonly path: string
  /** Bytes, where the source says. */
  readonly size?: number
}

/** The files of a run or a logged model, where they are. */
export interface ArtifactFolder {
  /** Every file below the folder; links are never followed. */
  listFiles(): AsyncIterable<SourceFile>
  read(path: string): AsyncIterable<Uint8Array>
}
