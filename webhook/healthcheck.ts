/* HEALTHCHECK of the web image: exit code 0 while the program in this container answers. */

const PATIENCE_MS = 4000

const { port = 8080 } = { port: process.argv[2] }
const answer = await fetch(`http://127.0.0.1:${port}/healthz`, { signal: AbortSignal.timeout(PATIENCE_MS) })
console.log(`${answer.status} ${await answer.text()}`)
process.exitCode = answer.ok ? 0 : 1
