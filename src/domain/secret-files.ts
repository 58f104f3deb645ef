const NAMES = [
  '.env',
  '.netrc',
  '.pgpass',
  '.pypirc',
  '.npmrc',
  '.git-credentials',
  '.htpasswd',
  'id_rsa',
  'id_dsa',
  'id_ecdsa',
  'id_ed25519',
  'credentials.json',
]
const FOLDERS = ['.ssh', '.aws', '.gnupg', '.kube', '.docker']
/** `.env.example` says which variables there are, and none of their values. */
const EXAMPLES = /\.(?:example|sample|template|dist|schema)$/

/** Whether a path is named as files are that hold secrets, wherever it lies. */
export function isSecretFile(path: string): boolean {
  const parts = path.split('/')
  const name = parts.pop() ?? ''
  if (EXAMPLES.test(name) || name.endsWith('.pub')) return false
  if (parts.some((part) => FOLDERS.includes(part))) return true
  return NAMES.includes(name) || name.startsWith('.env.') || /\.(?:pem|key|p12|pfx)$/.test(name)
}
