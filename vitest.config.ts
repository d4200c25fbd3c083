import { defineConfig } from 'vitest/config'

const conditions = ['@tidemill/source']
const shared = {
  resolve: { conditions },
  ssr: { resolve: { conditions } },
}

export default defineConfig({
  test: {
    projects: [
      {
        ...shared,
        test: {
          name: 'unit',
          include: ['{packages,apps}/*/src/**/*.test.ts', 'tests/*.test.ts'],
        },
      },
      {
        ...shared,
        test: {
          name: 'integration',
          include: ['{packages,apps}/*/test/**/*.test.ts'],
          globalSetup: ['packages/testkit/src/services/global-setup.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          // They wait on databases and processes more than they compute: two at once fill two cores.
          maxWorkers: 2,
        },
      },
      {
        ...shared,
        test: {
          name: 'e2e',
          include: ['tests/e2e/**/*.test.ts'],
          globalSetup: ['packages/testkit/src/services/global-setup.ts'],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          // Each file starts servers and workers of its own; two at once would time each other out on two cores.
          fileParallelism: false,
        },
      },
      {
        ...shared,
        test: {
          name: 'conformance',
          include: ['tests/conformance/**/*.test.ts'],
          globalSetup: ['packages/testkit/src/services/global-setup.ts'],
          testTimeout: 60_000,
          // Each file waits on processes of its own: two at once fill two cores.
          maxWorkers: 2,
        },
      },
    ],
  },
})
