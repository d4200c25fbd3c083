/**
 * What browsers need to save or preview a file. Text that could be a document is plain text, as in MLflow, whose clients
 * compare the type without a charset.
 */
const BY_EXTENSION: Readonly<Record<string, string>> = {
  bmp: 'image/bmp',
  gif: 'image/gif',
  gz: 'application/gzip',
  jpeg: 'image/jpeg',
  jpg: 'image/jpeg',
  json: 'application/json',
  mp3: 'audio/mpeg',
  mp4: 'video/mp4',
  npy: 'application/octet-stream',
  parquet: 'application/vnd.apache.parquet',
  pdf: 'application/pdf',
  png: 'image/png',
  tar: 'application/x-tar',
  wav: 'audio/wav',
  webp: 'image/webp',
  zip: 'application/zip',
}

const TEXT = new Set(
  'c cfg conf cpp css csv err geojson go h htm html ini ipynb java js jsx log md mlmodel mlproject out py r rst scala sh sql svg toml ts tsv tsx txt xhtml xml yaml yml'.split(
    ' ',
  ),
)

export const contentTypeOf = (fileName: string): string => {
  const name = fileName.toLowerCase()
  const extension = name.slice(name.lastIndexOf('.') + 1)
  if (TEXT.has(extension)) return 'text/plain'
  return BY_EXTENSION[extension] ?? 'application/octet-stream'
}
