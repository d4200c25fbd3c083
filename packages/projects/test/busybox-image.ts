import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { promisify } from 'node:util'
import type Dockerode from 'dockerode'
import { pack } from 'tar-fs'

const run = promisify(execFile)
const APPLETS = 'sh env id pwd echo cat sleep setsid kill test wget true ls head tr'.split(' ')

/** An image of this machine's static busybox alone, working directory `/work`: no registry is needed. */
export const createBusyboxImage = async (docker: Dockerode, name: string): Promise<void> => {
  const root = await mkdtemp(join(tmpdir(), 'tidemill-image-'))
  try {
    const { stdout } = await run('bash', ['-c', 'command -v busybox'])
    for (const folder of ['bin', 'tmp', 'work', 'etc']) await mkdir(join(root, folder))
    await cp(stdout.trim(), join(root, 'bin', 'busybox'), { dereference: true })
    for (const applet of APPLETS) await symlink('busybox', join(root, 'bin', applet))
    const [repo, tag] = name.split(':')
    const stream = await docker.importImage(Readable.from(pack(root)), {
      repo,
      tag,
      changes: ['WORKDIR /work', 'ENV PATH=/bin'],
    })
    stream.resume()
    await finished(stream)
  } finally {
    await rm(root, { recursive: true })
  }
}
