import { abortMultipartUpload } from './endpoints/artifacts/abort-multipart-upload.ts'
import { completeMultipartUpload } from './endpoints/artifacts/complete-multipart-upload.ts'
import { createMultipartUpload } from './endpoints/artifacts/create-multipart-upload.ts'
import { deleteProxiedArtifact } from './endpoints/artifacts/delete-proxied-artifact.ts'
import { downloadProxiedArchive } from './endpoints/artifacts/download-proxied-archive.ts'
import { downloadProxiedArtifact } from './endpoints/artifacts/download-proxied-artifact.ts'
import { getArtifact } from './endpoints/artifacts/get-artifact.ts'
import { getArtifactArchive } from './endpoints/artifacts/get-artifact-archive.ts'
import { listProxiedArtifacts } from './endpoints/artifacts/list-proxied-artifacts.ts'
import { listRunArtifacts } from './endpoints/artifacts/list-run-artifacts.ts'
import { presignProxiedArtifact } from './endpoints/artifacts/presign-proxied-artifact.ts'
import { presignRunArtifact } from './endpoints/artifacts/presign-run-artifact.ts'
import { uploadArtifact } from './endpoints/artifacts/upload-artifact.ts'
import { uploadPart } from './endpoints/artifacts/upload-part.ts'
import { uploadProxiedArtifact } from './endpoints/artifacts/upload-proxied-artifact.ts'
import { readLogs } from './endpoints/attempts/read-logs.ts'
import { searchDatasets } from './endpoints/datasets/search-datasets.ts'
import { createExperiment } from './endpoints/experiments/create-experiment.ts'
import { deleteExperiment } from './endpoints/experiments/delete-experiment.ts'
import { deleteExperimentTag } from './endpoints/experiments/delete-experiment-tag.ts'
import { getExperiment } from './endpoints/experiments/get-experiment.ts'
import { getExperimentByName } from './endpoints/experiments/get-experiment-by-name.ts'
import { restoreExperiment } from './endpoints/experiments/restore-experiment.ts'
import { searchExperiments } from './endpoints/experiments/search-experiments.ts'
import { setExperimentTag } from './endpoints/experiments/set-experiment-tag.ts'
import { updateExperiment } from './endpoints/experiments/update-experiment.ts'
import { createLoggedModel } from './endpoints/logged-models/create-logged-model.ts'
import { deleteLoggedModel } from './endpoints/logged-models/delete-logged-model.ts'
import { deleteLoggedModelTag } from './endpoints/logged-models/delete-logged-model-tag.ts'
import { finalizeLoggedModel } from './endpoints/logged-models/finalize-logged-model.ts'
import { getLoggedModel } from './endpoints/logged-models/get-logged-model.ts'
import { getLoggedModelArtifact } from './endpoints/logged-models/get-logged-model-artifact.ts'
import { listLoggedModelArtifacts } from './endpoints/logged-models/list-logged-model-artifacts.ts'
import { logLoggedModelParams } from './endpoints/logged-models/log-logged-model-params.ts'
import { searchLoggedModels } from './endpoints/logged-models/search-logged-models.ts'
import { setLoggedModelTags } from './endpoints/logged-models/set-logged-model-tags.ts'
import { getMetricHistory } from './endpoints/metrics/get-metric-history.ts'
import { getMetricHistoryBulk } from './endpoints/metrics/get-metric-history-bulk.ts'
import { sampleMetricHistory } from './endpoints/metrics/sample-metric-history.ts'
import { createModelVersion } from './endpoints/model-versions/create-model-version.ts'
import { deleteModelVersionTag } from './endpoints/model-versions/delete-model-version-tag.ts'
import { deleteModelVersion } from './endpoints/model-versions/delete-model-version.ts'
import { getDownloadUri } from './endpoints/model-versions/get-download-uri.ts'
import { getModelVersionArtifact } from './endpoints/model-versions/get-model-version-artifact.ts'
import { getModelVersion } from './endpoints/model-versions/get-model-version.ts'
import { searchModelVersions } from './endpoints/model-versions/search-model-versions.ts'
import { setModelVersionTag } from './endpoints/model-versions/set-model-version-tag.ts'
import { transitionStage } from './endpoints/model-versions/transition-stage.ts'
import { updateModelVersion } from './endpoints/model-versions/update-model-version.ts'
import {
  notImplementedBrowser,
  notImplementedMlflow2,
  notImplementedMlflow3,
  notImplementedRoot,
} from './endpoints/not-implemented.ts'
import { experimentPermissions } from './endpoints/permissions/experiment-permissions.ts'
import { userPermissions } from './endpoints/permissions/user-permissions.ts'
import { registeredModelPermissions } from './endpoints/permissions/registered-model-permissions.ts'
import { createRegisteredModel } from './endpoints/registered-models/create-registered-model.ts'
import { deleteAlias } from './endpoints/registered-models/delete-alias.ts'
import { deleteRegisteredModelTag } from './endpoints/registered-models/delete-registered-model-tag.ts'
import { deleteRegisteredModel } from './endpoints/registered-models/delete-registered-model.ts'
import { getLatestVersions } from './endpoints/registered-models/get-latest-versions.ts'
import { getRegisteredModel } from './endpoints/registered-models/get-registered-model.ts'
import { getVersionByAlias } from './endpoints/registered-models/get-version-by-alias.ts'
import { renameRegisteredModel } from './endpoints/registered-models/rename-registered-model.ts'
import { searchRegisteredModels } from './endpoints/registered-models/search-registered-models.ts'
import { setAlias } from './endpoints/registered-models/set-alias.ts'
import { setRegisteredModelTag } from './endpoints/registered-models/set-registered-model-tag.ts'
import { updateRegisteredModel } from './endpoints/registered-models/update-registered-model.ts'
import { createRun } from './endpoints/runs/create-run.ts'
import { deleteRun } from './endpoints/runs/delete-run.ts'
import { deleteRunTag } from './endpoints/runs/delete-run-tag.ts'
import { getRun } from './endpoints/runs/get-run.ts'
import { logBatch } from './endpoints/runs/log-batch.ts'
import { logInputs } from './endpoints/runs/log-inputs.ts'
import { logMetric } from './endpoints/runs/log-metric.ts'
import { logModel } from './endpoints/runs/log-model.ts'
import { logOutputs } from './endpoints/runs/log-outputs.ts'
import { logParam } from './endpoints/runs/log-param.ts'
import { restoreRun } from './endpoints/runs/restore-run.ts'
import { searchRuns } from './endpoints/runs/search-runs.ts'
import { setRunTag } from './endpoints/runs/set-run-tag.ts'
import { updateRun } from './endpoints/runs/update-run.ts'
import { health } from './endpoints/service/health.ts'
import { metrics } from './endpoints/service/metrics.ts'
import { openApi } from './endpoints/service/open-api.ts'
import { ready } from './endpoints/service/ready.ts'
import { serverInfo } from './endpoints/service/server-info.ts'
import { version } from './endpoints/service/version.ts'
import { createUser } from './endpoints/users/create-user.ts'
import { deleteUser } from './endpoints/users/delete-user.ts'
import { getUser } from './endpoints/users/get-user.ts'
import { updateAdmin } from './endpoints/users/update-admin.ts'
import { updatePassword } from './endpoints/users/update-password.ts'
import { createWebhook } from './endpoints/webhooks/create-webhook.ts'
import { deleteWebhook } from './endpoints/webhooks/delete-webhook.ts'
import { getWebhook } from './endpoints/webhooks/get-webhook.ts'
import { listWebhooks } from './endpoints/webhooks/list-webhooks.ts'
import { testWebhook } from './endpoints/webhooks/test-webhook.ts'
import { updateWebhook } from './endpoints/webhooks/update-webhook.ts'
import { getQueue } from './endpoints/workers/get-queue.ts'
import { listWorkers } from './endpoints/workers/list-workers.ts'
import { getWorkflowRun } from './endpoints/workflow-runs/get-workflow-run.ts'
import { moveWorkflowRun } from './endpoints/workflow-runs/move-workflow-run.ts'
import { searchWorkflowRuns } from './endpoints/workflow-runs/search-workflow-runs.ts'
import { submitWorkflowRun } from './endpoints/workflow-runs/submit-workflow-run.ts'
import type { Endpoint } from './http/endpoint.ts'
import type { Mount } from './http/mount.ts'
import { homePage } from './pages/home-page.ts'
import { logPage } from './pages/log-page.ts'
import { pageFiles } from './pages/page-files.ts'
import { runPage } from './pages/run-page.ts'
import { workflowRunPage } from './pages/workflow-run-page.ts'

const notBuilt: ReadonlySet<Endpoint> = new Set([
  ...notImplementedMlflow2,
  ...notImplementedMlflow3,
  ...notImplementedBrowser,
  ...notImplementedRoot,
])

const withoutUnbuilt = (mount: Mount): Mount => ({
  ...mount,
  endpoints: mount.endpoints.filter((each) => !notBuilt.has(each)),
})

/** Every route of the server: an endpoint's URL is one of its mount's prefixes and its own path. */
export const mounts: readonly Mount[] = [
  {
    prefixes: ['/api/2.0/mlflow', '/ajax-api/2.0/mlflow'],
    endpoints: [
      createExperiment,
      getExperiment,
      getExperimentByName,
      searchExperiments,
      deleteExperiment,
      restoreExperiment,
      updateExperiment,
      setExperimentTag,
      deleteExperimentTag,
      searchDatasets,
      createRun,
      updateRun,
      deleteRun,
      restoreRun,
      getRun,
      searchRuns,
      logMetric,
      logParam,
      setRunTag,
      deleteRunTag,
      logBatch,
      logModel,
      logInputs,
      logOutputs,
      getMetricHistory,
      sampleMetricHistory,
      listRunArtifacts,
      presignRunArtifact,
      createLoggedModel,
      finalizeLoggedModel,
      getLoggedModel,
      deleteLoggedModel,
      searchLoggedModels,
      setLoggedModelTags,
      deleteLoggedModelTag,
      logLoggedModelParams,
      listLoggedModelArtifacts,
      createWebhook,
      listWebhooks,
      getWebhook,
      updateWebhook,
      deleteWebhook,
      testWebhook,
      createRegisteredModel,
      renameRegisteredModel,
      updateRegisteredModel,
      deleteRegisteredModel,
      getRegisteredModel,
      searchRegisteredModels,
      getLatestVersions,
      setRegisteredModelTag,
      deleteRegisteredModelTag,
      setAlias,
      deleteAlias,
      getVersionByAlias,
      createModelVersion,
      updateModelVersion,
      transitionStage,
      deleteModelVersion,
      getModelVersion,
      searchModelVersions,
      getDownloadUri,
      setModelVersionTag,
      deleteModelVersionTag,
      createUser,
      getUser,
      updatePassword,
      updateAdmin,
      deleteUser,
      ...experimentPermissions,
      ...registeredModelPermissions,
      ...notImplementedMlflow2,
    ],
  },
  {
    prefixes: ['/api/3.0/mlflow', '/ajax-api/3.0/mlflow'],
    endpoints: [serverInfo, ...userPermissions, ...notImplementedMlflow3],
  },
  {
    prefixes: ['/api/2.0/mlflow-artifacts', '/ajax-api/2.0/mlflow-artifacts'],
    endpoints: [
      listProxiedArtifacts,
      downloadProxiedArtifact,
      uploadProxiedArtifact,
      deleteProxiedArtifact,
      presignProxiedArtifact,
      createMultipartUpload,
      completeMultipartUpload,
      abortMultipartUpload,
      uploadPart,
      downloadProxiedArchive,
    ],
  },
  {
    prefixes: ['/ajax-api/2.0/mlflow'],
    endpoints: [uploadArtifact, getMetricHistoryBulk, getLoggedModelArtifact, ...notImplementedBrowser],
  },
  {
    prefixes: ['/api/tidemill/v1'],
    endpoints: [
      submitWorkflowRun,
      getWorkflowRun,
      searchWorkflowRuns,
      ...moveWorkflowRun,
      readLogs,
      listWorkers,
      getQueue,
    ],
  },
  {
    prefixes: [''],
    endpoints: [health, version, ready, metrics, openApi(() => mounts.map(withoutUnbuilt))],
  },
  {
    prefixes: [''],
    isForBrowsers: true,
    endpoints: [
      getArtifact,
      getModelVersionArtifact,
      getArtifactArchive,
      homePage,
      workflowRunPage,
      logPage,
      runPage,
      ...pageFiles,
      ...notImplementedRoot,
    ],
  },
]
