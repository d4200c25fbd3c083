/**
 * Builds what the tests would otherwise build in the middle of a run, some of it twice at once: a Go program takes
 * minutes of both cores. Nothing here is needed: what fails is tried again, and skipped, by the tests.
 */
import { startS3Server } from '@tidemill/testkit'

const server = await startS3Server()
if ('unavailable' in server) console.log(`S3 server: ${server.unavailable}`)
else await server.stop()
