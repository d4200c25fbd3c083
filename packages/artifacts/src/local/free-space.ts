import { statfs } from 'node:fs/promises'
import { StorageFullError } from '@tidemill/core'

const GIBIBYTE = 1024 ** 3
const MAX_RESERVED_BYTES = 2 * GIBIBYTE
const RESERVED_SHARE = 0.05

export interface DiskSpace {
  readonly totalBytes: number
  /** What this process may still use. */
  readonly freeBytes: number
}

export interface FreeSpaceOptions {
  /** Bytes that uploads leave free, so that other programs still work. @default 5 % of the disk, at most 2 GiB */
  readonly reservedBytes?: number
  /** @default statfs */
  readonly readDiskSpace?: (directory: string) => Promise<DiskSpace>
}

/** Throws StorageFullError when writing that many bytes below the directory would leave too little of its disk. */
export type RequireRoom = (directory: string, bytes: number) => Promise<void>

export const createRoomCheck = (options: FreeSpaceOptions = {}): RequireRoom => {
  const readDiskSpace = options.readDiskSpace ?? readStatfs
  return async (directory, bytes) => {
    const { totalBytes, freeBytes } = await readDiskSpace(directory)
    const reserved = options.reservedBytes ?? Math.min(MAX_RESERVED_BYTES, totalBytes * RESERVED_SHARE)
    if (freeBytes - bytes >= reserved) return
    throw new StorageFullError(
      `No room for ${bytes} bytes: the artifacts' disk has ${freeBytes} bytes free, of which ${Math.ceil(reserved)} stay reserved. Free space below the artifacts destination, then try again.`,
    )
  }
}

const readStatfs = async (directory: string): Promise<DiskSpace> => {
  const { blocks, bavail, bsize } = await statfs(directory)
  return { totalBytes: blocks * bsize, freeBytes: bavail * bsize }
}
