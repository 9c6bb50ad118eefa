import { parentPort, workerData } from 'node:worker_threads'
import { walkContext } from './walk-context.ts'

// started by build-context.ts, which gives a ContextWalk
parentPort?.postMessage(await walkContext(workerData))
