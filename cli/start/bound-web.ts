import { blindEnvironment, type WebProgram, webPermissionFlags } from '../../config/web-permission.ts'
import { dataFolder } from '../../job/data-folder.ts'
import { makeSpool } from '../../job/make-spool.ts'

/** Within which bounds the web program is started: Node's flags, and the environment that it sees. Makes the spool first,
 *  which the bound program could not; what hinders that is told by the program that then finds none. */
export async function boundWeb(
  web: WebProgram,
  env: NodeJS.ProcessEnv,
): Promise<{ flags: string[]; env: NodeJS.ProcessEnv }> {
  makeSpool(dataFolder(web.data))
  return { flags: await webPermissionFlags(web, env), env: web.blind ? blindEnvironment(env) : env }
}
