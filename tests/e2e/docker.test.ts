import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type SubmitWorkflowRunRequest, type WorkflowRunWire } from '@tidemill/core'
import { createClient, type TidemillClient } from '@tidemill/sdk'
import { createBusyboxImage, hasBusybox, startTidemill, type TidemillProcess, waitFor } from '@tidemill/testkit'
import Dockerode from 'dockerode'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'

const IMAGE = 'tidemill-test-base:1'
const { docker: service } = inject('services')
const missing = [
  ...(service.isAvailable ? [] : [`a Docker Engine (${service.reason})`]),
  ...(hasBusybox() ? [] : ['/bin/busybox (Debian: busybox-static)']),
]

describe.skipIf(missing.length > 0)(
  `steps in containers${missing.length > 0 ? `: needs ${missing.join(', ')}` : ''}`,
  () => {
    let docker: Dockerode
    let directory: string
    let project: string
    let tidemill: TidemillProcess
    let client: TidemillClient

    beforeAll(async () => {
      if (!service.isAvailable) return
      docker = new Dockerode({ socketPath: service.url.replace('unix://', '') })
      await createBusyboxImage(docker, IMAGE)
      directory = await mkdtemp(join(tmpdir(), 'tidemill-docker-e2e-'))
      project = join(directory, 'contained')
      await cp(join(import.meta.dirname, 'fixtures/docker'), project, { recursive: true })
      tidemill = await startTidemill(['up', '--port', '0', '--data-dir', join(directory, 'data')], {
        DOCKER_HOST: service.url,
        HOST_SECRET: 'must-not-leak',
      })
      client = createClient({ url: tidemill.url })
    })

    afterAll(async () => {
      await tidemill?.stop()
      if (directory !== undefined) await rm(directory, { recursive: true, force: true })
    })

    const submit = async (request: Partial<SubmitWorkflowRunRequest>): Promise<WorkflowRunWire> =>
      (await client.submitWorkflowRun({ project: { uri: project }, ...request })).workflow_run

    const ended = (workflowRunId: string): Promise<WorkflowRunWire> =>
      waitFor(`workflow run ${workflowRunId} to end`, async () => {
        const workflowRun = await client.getWorkflowRun(workflowRunId)
        return workflowRun.ended_at === undefined ? undefined : workflowRun
      })

    const stdout = async (workflowRun: WorkflowRunWire): Promise<string[]> =>
      (await client.readLogs(workflowRun.steps[0]?.attempts[0]?.attempt_id ?? '')).lines
        .filter(({ stream }) => stream === 'stdout')
        .map(({ text }) => text)

    const containersOf = async (workflowRun: WorkflowRunWire): Promise<number> =>
      (
        await docker.listContainers({
          all: true,
          filters: { label: [`tidemill.attempt_id=${workflowRun.steps[0]?.attempts[0]?.attempt_id}`] },
        })
      ).length

    test('an image is used as it is, without the code, as an unprivileged user', async () => {
      const workflowRun = await ended((await submit({ parameters: { word: 'ahoi' } })).workflow_run_id)
      expect(workflowRun).toMatchObject({ state: 'SUCCEEDED' })
      expect(await stdout(workflowRun)).toEqual([expect.stringMatching(/^ahoi from \S+ as 65532$/)])
      expect(await containersOf(workflowRun)).toBe(0)
      const { data } = await client.getRun(workflowRun.run_id)
      const tags = Object.fromEntries((data.tags ?? []).map(({ key, value }) => [key, value]))
      expect(tags).toMatchObject({
        'mlflow.project.env': 'docker',
        'mlflow.docker.image.uri': IMAGE,
        'mlflow.docker.image.id': expect.stringMatching(/^sha256:/),
      })
    })

    test('with build_image the code is on the image and its folder can be written', async () => {
      const workflowRun = await ended(
        (await submit({ entry_point: 'built', backend_config: { build_image: true } })).workflow_run_id,
      )
      expect(workflowRun).toMatchObject({ state: 'SUCCEEDED' })
      expect(await stdout(workflowRun)).toEqual(["the project's own file", 'scratch'])
    })

    test("a failing container ends the step with the command's exit code", async () => {
      const workflowRun = await ended((await submit({ entry_point: 'fail' })).workflow_run_id)
      expect(workflowRun.state).toBe('FAILED')
      expect(workflowRun.steps[0]?.attempts[0]).toMatchObject({ state: 'FAILED', exit_code: 7 })
    })

    test('a cancelled step leaves no container, though it ignores SIGTERM', async () => {
      const submitted = await submit({ entry_point: 'sleep' })
      await waitFor('the container to print', async () =>
        (await stdout(await client.getWorkflowRun(submitted.workflow_run_id))).includes('sleeping'),
      )
      await client.cancelWorkflowRun(submitted.workflow_run_id)
      const workflowRun = await ended(submitted.workflow_run_id)
      expect(workflowRun.state).toBe('CANCELLED')
      expect(await containersOf(workflowRun)).toBe(0)
    })

    test('a container is unprivileged in everything that Docker can restrict', async () => {
      const submitted = await submit({ entry_point: 'sleep' })
      const container = await waitFor('the container to run', async () => {
        const running = await client.getWorkflowRun(submitted.workflow_run_id)
        const attemptId = running.steps[0]?.attempts[0]?.attempt_id
        const [found] = await docker.listContainers({ filters: { label: [`tidemill.attempt_id=${attemptId}`] } })
        return found
      })
      const { HostConfig: host, Config: config } = await docker.getContainer(container.Id).inspect()
      await client.cancelWorkflowRun(submitted.workflow_run_id)
      await ended(submitted.workflow_run_id)
      expect(config.User).toBe('65532:65532')
      expect(config.Env.join('\n')).not.toContain('must-not-leak')
      expect(host).toMatchObject({
        ReadonlyRootfs: true,
        Privileged: false,
        CapDrop: ['ALL'],
        SecurityOpt: expect.arrayContaining(['no-new-privileges']),
        PidsLimit: 512,
        Init: true,
        RestartPolicy: { Name: 'no' },
      })
      expect(host.Binds ?? []).toEqual([])
      expect(host.NetworkMode).not.toBe('host')
    })
  },
)
