import { execFile, spawn } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { findJars } from '@tidemill/testkit'
import type { PythonClient } from './environments.ts'
import { type FlowResult, parseResults } from './flow-result.ts'
import { outputOf } from './output.ts'

const run = promisify(execFile)
const program = join(import.meta.dirname, '../java/Flows.java')
const LIMIT_MS = 240_000

/** The newest in Maven Central. */
export const JAVA_CLIENT_VERSION = '2.17.2'

const JARS = [
  {
    path: `org/mlflow/mlflow-client/${JAVA_CLIENT_VERSION}/mlflow-client-${JAVA_CLIENT_VERSION}.jar`,
    sha256: '70179cac4d2f928570f6104018fd5f87c26f7ec098ee721c82a533439ecfe379',
  },
  {
    path: 'org/slf4j/slf4j-api/1.7.25/slf4j-api-1.7.25.jar',
    sha256: '18c4a0095d5c1da6b817592e767bb23d29dd2f560ad74df75ff3961dbde25b79',
  },
]

export interface JavaClient {
  readonly classPath: string
}

/** The official Java client, fetched from Maven Central when it is not cached. A reason instead where it cannot run. */
export const findJavaClient = async (): Promise<JavaClient | { readonly unavailable: string }> => {
  try {
    // `java` alone may be a JRE, which runs no source file.
    await run('javac', ['-version'])
  } catch {
    return { unavailable: 'no JDK on PATH (openjdk-17-jdk-headless)' }
  }
  const jars = await findJars(JARS)
  return jars === undefined ? { unavailable: 'Maven Central does not answer' } : { classPath: jars.join(':') }
}

/** Runs the flows of java/Flows.java. The client keeps artifacts through the Python client. */
export const runJavaFlows = async (
  java: JavaClient,
  python: PythonClient,
  trackingUri: string,
): Promise<FlowResult[]> => {
  const child = spawn(
    'java',
    ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-cp', java.classPath, program, trackingUri],
    {
      env: { ...process.env, ...python.environment, MLFLOW_PYTHON_EXECUTABLE: python.python },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: LIMIT_MS,
    },
  )
  const { code, stdout, stderr } = await outputOf(child)
  if (code !== 0) throw new Error(`java ended with ${code}:\n${stderr.slice(-3000)}`)
  return parseResults(stdout)
}
