/** Where programs are looked for. Fixed, so that neither the environment the worker was started in nor anything
 *  a repository brings can put another `git` in front. */
export const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
