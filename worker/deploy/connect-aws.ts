import type { ConnectAws } from './aws-port.ts'
import { readAwsError } from './read-aws-error.ts'

/** How often the SDK itself tries, where AWS_MAX_ATTEMPTS does not say: describing an environment every few seconds is
 *  what AWS throttles first. */
const MAX_ATTEMPTS = 6

/** The real AWS. Credentials, profile and endpoints (AWS_ENDPOINT_URL and its per-service forms) are found by the SDK.
 *  It is loaded with the first deploy, for it is large and many never deploy. */
export function createConnectAws(environment: Record<string, string | undefined>): ConnectAws {
  return async (region, signal) => {
    const [{ ElasticBeanstalkClient }, { S3Client }, { createBeanstalk }, { createObjectStore }] = await Promise.all([
      import('@aws-sdk/client-elastic-beanstalk'),
      import('@aws-sdk/client-s3'),
      import('./create-beanstalk.ts'),
      import('./create-object-store.ts'),
    ])
    const settings = {
      ...(region !== null && { region }),
      ...(environment.AWS_RETRY_MODE === undefined && { retryMode: 'standard' }),
      ...(environment.AWS_MAX_ATTEMPTS === undefined && { maxAttempts: MAX_ATTEMPTS }),
    }
    const beanstalk = new ElasticBeanstalkClient(settings)
    const s3 = new S3Client(settings)
    const close = () => {
      beanstalk.destroy()
      s3.destroy()
    }
    try {
      const known = await beanstalk.config.region()
      return {
        region: known,
        beanstalk: createBeanstalk(beanstalk, signal),
        objects: createObjectStore(s3, signal),
        close,
      }
    } catch (error) {
      close()
      throw readAwsError(error, 'aws')
    }
  }
}
