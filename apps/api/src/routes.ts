import { deleteProxiedArtifact } from './endpoints/artifacts/delete-proxied-artifact.ts'
import { downloadProxiedArtifact } from './endpoints/artifacts/download-proxied-artifact.ts'
import { getArtifact } from './endpoints/artifacts/get-artifact.ts'
import { listProxiedArtifacts } from './endpoints/artifacts/list-proxied-artifacts.ts'
import { listRunArtifacts } from './endpoints/artifacts/list-run-artifacts.ts'
import { multipartUploads } from './endpoints/artifacts/multipart-upload.ts'
import { presignArtifact } from './endpoints/artifacts/presign-artifact.ts'
import { uploadArtifact } from './endpoints/artifacts/upload-artifact.ts'
import { uploadProxiedArtifact } from './endpoints/artifacts/upload-proxied-artifact.ts'
import { readLogs } from './endpoints/attempts/read-logs.ts'
import { createExperiment } from './endpoints/experiments/create-experiment.ts'
import { deleteExperiment } from './endpoints/experiments/delete-experiment.ts'
import { deleteExperimentTag } from './endpoints/experiments/delete-experiment-tag.ts'
import { getExperiment } from './endpoints/experiments/get-experiment.ts'
import { getExperimentByName } from './endpoints/experiments/get-experiment-by-name.ts'
import { restoreExperiment } from './endpoints/experiments/restore-experiment.ts'
import { searchExperiments } from './endpoints/experiments/search-experiments.ts'
import { setExperimentTag } from './endpoints/experiments/set-experiment-tag.ts'
import { updateExperiment } from './endpoints/experiments/update-experiment.ts'
import { searchLoggedModels } from './endpoints/logged-models/search-logged-models.ts'
import { getMetricHistory } from './endpoints/metrics/get-metric-history.ts'
import {
  notImplementedBrowser,
  notImplementedMlflow2,
  notImplementedMlflow3,
  notImplementedRoot,
} from './endpoints/not-implemented.ts'
import { createRun } from './endpoints/runs/create-run.ts'
import { deleteRun } from './endpoints/runs/delete-run.ts'
import { deleteRunTag } from './endpoints/runs/delete-run-tag.ts'
import { getRun } from './endpoints/runs/get-run.ts'
import { logBatch } from './endpoints/runs/log-batch.ts'
import { logMetric } from './endpoints/runs/log-metric.ts'
import { logParam } from './endpoints/runs/log-param.ts'
import { restoreRun } from './endpoints/runs/restore-run.ts'
import { searchRuns } from './endpoints/runs/search-runs.ts'
import { setRunTag } from './endpoints/runs/set-run-tag.ts'
import { updateRun } from './endpoints/runs/update-run.ts'
import { health } from './endpoints/service/health.ts'
import { ready } from './endpoints/service/ready.ts'
import { version } from './endpoints/service/version.ts'
import { getQueue } from './endpoints/workers/get-queue.ts'
import { listWorkers } from './endpoints/workers/list-workers.ts'
import { getWorkflowRun } from './endpoints/workflow-runs/get-workflow-run.ts'
import { moveWorkflowRun } from './endpoints/workflow-runs/move-workflow-run.ts'
import { searchWorkflowRuns } from './endpoints/workflow-runs/search-workflow-runs.ts'
import { submitWorkflowRun } from './endpoints/workflow-runs/submit-workflow-run.ts'
import type { Mount } from './http/mount.ts'
import { homePage } from './pages/home-page.ts'
import { logPage } from './pages/log-page.ts'
import { pageFiles } from './pages/page-files.ts'
import { runPage } from './pages/run-page.ts'
import { workflowRunPage } from './pages/workflow-run-page.ts'

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
      getMetricHistory,
      listRunArtifacts,
      searchLoggedModels,
      ...notImplementedMlflow2,
    ],
  },
  { prefixes: ['/api/3.0/mlflow', '/ajax-api/3.0/mlflow'], endpoints: notImplementedMlflow3 },
  {
    prefixes: ['/api/2.0/mlflow-artifacts', '/ajax-api/2.0/mlflow-artifacts'],
    endpoints: [
      listProxiedArtifacts,
      downloadProxiedArtifact,
      uploadProxiedArtifact,
      deleteProxiedArtifact,
      presignArtifact,
      ...multipartUploads,
    ],
  },
  { prefixes: ['/ajax-api/2.0/mlflow'], endpoints: [uploadArtifact, ...notImplementedBrowser] },
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
    endpoints: [
      health,
      version,
      ready,
      getArtifact,
      homePage,
      workflowRunPage,
      logPage,
      runPage,
      ...pageFiles,
      ...notImplementedRoot,
    ],
  },
]
