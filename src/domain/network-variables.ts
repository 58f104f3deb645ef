import { passedVariables } from './passed-variables.ts'

/** Where the certificates of a network are, as tools call it. */
const CERTIFICATES: readonly string[] = [
  'NODE_EXTRA_CA_CERTS',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'REQUESTS_CA_BUNDLE',
  'CURL_CA_BUNDLE',
  'PIP_CERT',
  'CARGO_HTTP_CAINFO',
  'GIT_SSL_CAINFO',
]
const PROXIES: readonly string[] = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'NO_PROXY']

/**
 * What of a person's environment lets setup reach the network that this machine is in: certificates and proxies. The
 * address of a proxy that has a password in it is a secret, and goes only where secrets may.
 */
export function networkVariables(
  environment: Readonly<Record<string, string>>,
  mayHaveSecrets: boolean,
): Record<string, string> {
  const names = [...CERTIFICATES, ...PROXIES, ...PROXIES.map((name) => name.toLowerCase())]
  const found = Object.entries(passedVariables(environment, names))
  return Object.fromEntries(found.filter(([, value]) => mayHaveSecrets || !value.includes('@')))
}
