import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { promisify } from 'node:util'
import type Dockerode from 'dockerode'
import { pack } from 'tar-stream'

const BUSYBOX = '/bin/busybox'

/** Whether this machine has the static busybox that the base image is made of. */
export const hasBusybox = (): boolean => existsSync(BUSYBOX)

/** Makes a small image of nothing but busybox (`sh`, `env`, `sleep`, …) under the tag, when the engine has none. */
export const createBusyboxImage = async (docker: Dockerode, tag: string): Promise<void> => {
  const isThere = await docker
    .getImage(tag)
    .inspect()
    .then(
      () => true,
      () => false,
    )
  if (isThere) return
  const archive = pack()
  archive.entry({ name: 'bin/busybox', mode: 0o755 }, await readFile(BUSYBOX))
  for (const applet of await listApplets()) {
    archive.entry({ name: `bin/${applet}`, type: 'symlink', linkname: 'busybox' })
  }
  archive.entry({ name: 'tmp', type: 'directory', mode: 0o1777 })
  archive.entry({ name: 'etc/passwd' }, 'root:x:0:0::/:/bin/sh\n')
  archive.finalize()
  const stream = new PassThrough()
  archive.pipe(stream)
  const [repo, version] = tag.split(':')
  const answer = await docker.importImage(stream, { repo, tag: version })
  await text(answer)
}

const listApplets = async (): Promise<string[]> => {
  const { stdout } = await promisify(execFile)(BUSYBOX, ['--list'])
  return stdout.split('\n').filter((name) => name !== '' && name !== 'busybox')
}
