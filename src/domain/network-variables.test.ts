import { expect, it } from 'vitest'
import { networkVariables } from './network-variables.ts'

const ENVIRONMENT = {
  PATH: '/usr/bin',
  NODE_EXTRA_CA_CERTS: '/etc/ca.pem',
  SSL_CERT_FILE: '',
  HTTPS_PROXY: 'http://ada:pass@proxy.example:3128',
  no_proxy: 'localhost',
  NPM_TOKEN: 'a secret',
}

it('names certificates and proxies and nothing else', () => {
  const { PATH: _, NPM_TOKEN: __, SSL_CERT_FILE: ___, ...network } = ENVIRONMENT
  expect(networkVariables(ENVIRONMENT, true)).toEqual(network)
})

it('leaves out the address of a proxy with a password where no secret may go', () => {
  expect(networkVariables(ENVIRONMENT, false)).toEqual({
    NODE_EXTRA_CA_CERTS: '/etc/ca.pem',
    no_proxy: 'localhost',
  })
})
