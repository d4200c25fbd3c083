#!/usr/bin/env node
import { enableCompileCache } from 'node:module'

// Before anything else is loaded, so that the next start finds all of it compiled.
enableCompileCache()
const { main } = await import('./program/program.ts')
process.exitCode = await main(process.argv)
