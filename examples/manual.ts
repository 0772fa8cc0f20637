/** The examples of the manual's pages (`docs/manual/`), as a user writes them. What each returns is not shut down. */
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { ClientOptions, type ConnectionCreatedEvent, MongoClient } from 'cenote'
import { type Deployment, startDeployment } from 'cenote/embedded'

export function defaultClient(uri: string): MongoClient {
  const client = new MongoClient(uri)
  return client
}

export function customClient(uri: string): MongoClient {
  const options = ClientOptions.parse(uri)
  options.maxPoolSize = 20
  options.maxConnecting = 3
  options.minPoolSize = 1
  options.maxIdleTimeMS = 90_000
  const client = new MongoClient(options)
  return client
}

export function clientWithLargerPools(uri: string): MongoClient {
  const options = ClientOptions.parse(uri)
  options.maxPoolSize = 20
  const client = new MongoClient(options)
  return client
}

export function clientThatDialsMoreAtOnce(uri: string): MongoClient {
  const options = ClientOptions.parse(uri)
  options.maxConnecting = 3
  const client = new MongoClient(options)
  return client
}

export function clientWithConnectionsAtHand(uri: string): MongoClient {
  const options = ClientOptions.parse(uri)
  options.minPoolSize = 1
  const client = new MongoClient(options)
  return client
}

export function clientWithoutLongIdleConnections(uri: string): MongoClient {
  const options = ClientOptions.parse(uri)
  options.maxIdleTimeMS = 90_000
  const client = new MongoClient(options)
  return client
}

export function clientWithHandler(uri: string): MongoClient {
  const options = ClientOptions.parse(uri)
  options.cmapEventHandler = {
    handleConnectionCreatedEvent(event: ConnectionCreatedEvent) {
      console.error('Connection created:', event)
    }
  }
  const client = new MongoClient(options)
  return client
}

export function clientWithListener(uri: string): MongoClient {
  const client = new MongoClient(uri)
  client.on('connectionCreated', event => {
    console.error('Connection created:', event)
  })
  return client
}

export function clientOfAUser(uri: string, password: string): MongoClient {
  const client = new MongoClient(uri, { auth: { username: 'ada', password } })
  return client
}

export async function deploymentWithAUser(password: string): Promise<Deployment> {
  const deployment = await startDeployment({ kind: 'replicaSet', users: [{ name: 'ada', password }] })
  return deployment
}

export function clientOfACertificate(uri: string, tlsCAFile: string, tlsCertificateKeyFile: string): MongoClient {
  const client = new MongoClient(uri, {
    tls: true,
    tlsCAFile,
    tlsCertificateKeyFile,
    authMechanism: 'MONGODB-X509'
  })
  return client
}

export async function deploymentWithCertificates(
  { key, cert, ca }: Readonly<Record<'key' | 'cert' | 'ca', string>>,
  password: string
): Promise<Deployment> {
  const deployment = await startDeployment({
    kind: 'replicaSet',
    tls: { key, cert, ca, requestClientCertificate: 'optional' },
    users: [
      { name: 'ada', password },
      { name: 'CN=client,OU=services', database: '$external' }
    ]
  })
  return deployment
}

export function clientThatLogs(uri: string): MongoClient {
  const client = new MongoClient(uri, {
    mongodbLogComponentSeverities: { command: 'debug', default: 'warn' },
    mongodbLogMaxDocumentLength: 200,
    mongodbLogPath: 'stdout'
  })
  return client
}

export function clientThatLogsUnlessTheEnvironmentSays(uri: string): MongoClient {
  const severity = process.env['MONGODB_LOG_COMMAND'] === undefined ? 'debug' : undefined
  const client = new MongoClient(uri, { mongodbLogComponentSeverities: { command: severity } })
  return client
}

export function clientThatLogsToAFile(uri: string, path: string): MongoClient {
  const file = createWriteStream(path, { flags: 'a' })
  const client = new MongoClient(uri, {
    mongodbLogComponentSeverities: { default: 'debug' },
    mongodbLogPath: {
      async write(record) {
        if (!file.write(`${JSON.stringify(record)}\n`)) await once(file, 'drain')
      }
    }
  })
  return client
}

export async function endOf(client: MongoClient): Promise<void> {
  await client.shutdown()
}
