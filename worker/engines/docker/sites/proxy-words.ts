import { type Fault, LetterboxError } from '../../../../job/letterbox-error.ts'

/* nginx-proxy and its ACME companion obey the environment and the labels of the containers they see. What the config says
 * is the operator's word; what an image brings along is the pusher's, and `ENV ACME_PRE_HOOK=…` would be a command in a
 * container that holds the engine's socket. @see nginx-proxy docs "README", acme-companion docs "Container utilities" */

const OBEYED_ENV =
  /^(?:VIRTUAL_|LETSENCRYPT_|ACME_|NGINX_|HTTPS_METHOD$|HSTS$|SSL_POLICY$|CERT_NAME$|NETWORK_ACCESS$|NON_GET_REDIRECT$|SERVER_TOKENS$|EXTERNAL_HTTPS?_PORT$|ENABLE_)/
const OBEYED_LABEL = /^com\.github\.(?:nginx-proxy|jrcs)\./i

/** Names of variables in an image's own environment that the proxy would obey. */
export function proxyVariables(imageEnv: readonly string[]): string[] {
  return imageEnv.map((entry) => entry.split('=', 1)[0] ?? '').filter((name) => OBEYED_ENV.test(name))
}

/** A label cannot be taken away from a container, so such an image is not started. @throws SiteImageRefused */
export function refuseProxyLabels(image: string, labels: Record<string, string>): void {
  const obeyed = Object.keys(labels).find((label) => OBEYED_LABEL.test(label))
  if (obeyed !== undefined) throw new SiteImageRefused(image, obeyed)
}

export class SiteImageRefused extends LetterboxError {
  readonly code = 'SITE_IMAGE_REFUSED'
  readonly fault: Fault = 'theirs'

  constructor(image: string, label: string) {
    super(`${image} carries the label ${JSON.stringify(label)}, which the reverse proxy would obey`, {
      hint: 'Take the LABEL out of the Dockerfile. What the proxy does for a site is the config’s to say, by `env` of the site step.',
    })
  }
}
