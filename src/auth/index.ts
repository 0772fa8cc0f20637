export {
  type CommandWriter,
  type Conversation,
  type ConversationSetup,
  freshNonce,
  startConversation,
  type Step
} from './conversation.ts'
export { type CredentialValues, Credentials } from './credentials.ts'
export { KeyCache, type KeysDone } from './key_cache.ts'
export {
  assumedMechanism,
  isMechanism,
  isScram,
  type Mechanism,
  negotiatedMechanism,
  type ScramMechanism
} from './mechanism.ts'
export { readPlainMessage } from './plain.ts'
export { derivationOf, type KeyParameters, keysFrom, type ScramKeys, type ScramUser } from './scram_keys.ts'
export { ScramClient } from './scram_client.ts'
export { iterationsMax, iterationsMin } from './scram_messages.ts'
export { ScramServer, type StoredKeys } from './scram_server.ts'
export { MechanismViolation } from './violation.ts'
