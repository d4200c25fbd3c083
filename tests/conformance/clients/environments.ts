import { findPythonEnvironment, type PythonEnvironment } from '@tidemill/testkit'

/** The client versions of the table. Each minor line has its newest patch at the time of writing. */
export const MLFLOW_VERSIONS = ['2.17.2', '2.22.5', '3.6.0', '3.17.2'] as const
export type MlflowVersion = (typeof MLFLOW_VERSIONS)[number]

/** What the flows use beside MLflow, in versions that every client of the table works with. One copy serves all. */
const LIBRARIES = [
  'lightgbm==4.5.0',
  'numpy==1.26.4',
  'pandas==2.2.3',
  'pillow==11.0.0',
  'psutil==6.1.1',
  'scikit-learn==1.5.2',
  'scipy==1.14.1',
  // The build without GPU code is a tenth of the size and is imported as xgboost too.
  'xgboost-cpu==2.1.4',
]

/** An unmodified MLflow client, with the libraries that it logs automatically. */
export interface PythonClient {
  readonly version: MlflowVersion
  readonly python: string
  /** Environment variables of its processes. */
  readonly environment: Readonly<Record<string, string>>
}

/** Every client of the table in its order, undefined where the package index does not answer. Installs what is not cached. */
export const findPythonClients = async (): Promise<readonly (PythonClient | undefined)[]> => {
  const libraries = await findPythonEnvironment('conformance-libraries-1', LIBRARIES)
  const clients: (PythonClient | undefined)[] = []
  // One after another: uv uses every core, and later clients find most wheels of earlier ones.
  for (const version of MLFLOW_VERSIONS) {
    const own = await findPythonEnvironment(`conformance-mlflow-skinny-${version}`, [`mlflow-skinny==${version}`])
    clients.push(own === undefined || libraries === undefined ? undefined : toClient(version, own, libraries))
  }
  return clients
}

const toClient = (version: MlflowVersion, own: PythonEnvironment, libraries: PythonEnvironment): PythonClient => ({
  version,
  python: own.python,
  environment: {
    // The client's own packages go before the lent ones.
    PYTHONPATH: [own.sitePackages, libraries.sitePackages].join(':'),
    PYTHONPYCACHEPREFIX: own.bytecode,
    MLFLOW_HTTP_REQUEST_MAX_RETRIES: '1',
    MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR: 'false',
    MLFLOW_DISABLE_TELEMETRY: 'true',
    GIT_PYTHON_REFRESH: 'quiet',
    OMP_NUM_THREADS: '1',
  },
})
