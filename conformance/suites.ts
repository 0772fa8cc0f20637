import type { Runner } from './runner.ts'
import { auth } from './runners/auth.ts'
import { bsonCorpus } from './runners/bson_corpus.ts'
import { cmapFormat } from './runners/cmap.ts'
import { connectionString } from './runners/connection_string.ts'
import { inWindow } from './runners/in_window.ts'
import { maxStaleness } from './runners/max_staleness.ts'
import { readWriteConcern } from './runners/read_write_concern.ts'
import { rtt } from './runners/rtt.ts'
import { sdam } from './runners/sdam.ts'
import { sdamMonitoring } from './runners/sdam_monitoring.ts'
import { seedLists } from './runners/seed_lists.ts'
import { serverSelection } from './runners/server_selection.ts'
import { unified, unifiedToFail, unifiedToRefuse } from './runners/unified.ts'
import { uriOptions } from './runners/uri_options.ts'

export type Suite = { readonly suite: string } & ({ readonly runner: Runner } | { readonly notBuilt: string })

/** Folder below `source/` → its suite. */
export type Suites = Readonly<Record<string, Suite>>

const bson = 'waits for a runner over the BSON types'

/**
 * Every folder of the public repository that holds JSON files; the longest one that leads to a file counts. A folder
 * that is not here is a failure, so that new files cannot go unseen: where some files of a specification have a runner
 * to wait for, each of its folders has a row.
 */
export const suites: Suites = {
  'atlas-data-lake-testing': { suite: 'atlas-data-lake-testing', notBuilt: 'a service that is not supported' },
  'auth/tests/legacy': { suite: 'auth-connection-string', runner: auth },
  'auth/tests/unified': { suite: 'auth-unified', runner: unified },
  benchmarking: { suite: 'benchmarking', notBuilt: 'data of benchmarks, no cases' },
  'bson-binary-vector/tests': { suite: 'bson-binary-vector', notBuilt: bson },
  'bson-corpus/tests': { suite: 'bson-corpus', runner: bsonCorpus },
  'causal-consistency': { suite: 'causal-consistency', runner: unified },
  'change-streams': { suite: 'change-streams', runner: unified },
  'client-backpressure': { suite: 'client-backpressure', runner: unified },
  'client-side-encryption': { suite: 'client-side-encryption', notBuilt: 'waits for client-side encryption' },
  'client-side-operations-timeout': { suite: 'client-side-operations-timeout', runner: unified },
  'collection-management': { suite: 'collection-management', runner: unified },
  'command-logging-and-monitoring/tests/logging': { suite: 'command-logging', runner: unified },
  'command-logging-and-monitoring/tests/monitoring': { suite: 'command-monitoring', runner: unified },
  'connection-monitoring-and-pooling/tests/cmap-format': { suite: 'cmap-format', runner: cmapFormat },
  'connection-monitoring-and-pooling/tests/logging': { suite: 'cmap-logging', runner: unified },
  'connection-string/tests': { suite: 'connection-string', runner: connectionString },
  crud: { suite: 'crud', runner: unified },
  gridfs: { suite: 'gridfs', runner: unified },
  'index-management': { suite: 'index-management', runner: unified },
  'initial-dns-seedlist-discovery/tests': { suite: 'initial-dns-seedlist-discovery', runner: seedLists },
  'load-balancers': { suite: 'load-balancers', runner: unified },
  'max-staleness/tests': { suite: 'max-staleness', runner: maxStaleness },
  'mongodb-handshake': { suite: 'mongodb-handshake', runner: unified },
  'open-telemetry': { suite: 'open-telemetry', runner: unified },
  'read-write-concern/tests/connection-string': {
    suite: 'read-write-concern-connection-string',
    runner: readWriteConcern
  },
  'read-write-concern/tests/document': { suite: 'read-write-concern-document', runner: readWriteConcern },
  'read-write-concern/tests/operation': { suite: 'read-write-concern-operation', runner: unified },
  'retryable-reads': { suite: 'retryable-reads', runner: unified },
  'retryable-writes': { suite: 'retryable-writes', runner: unified },
  'run-command': { suite: 'run-command', runner: unified },
  'server-discovery-and-monitoring/tests/errors': { suite: 'sdam-errors', runner: sdam },
  'server-discovery-and-monitoring/tests/load-balanced': { suite: 'sdam-load-balanced', runner: sdam },
  'server-discovery-and-monitoring/tests/monitoring': { suite: 'sdam-monitoring', runner: sdamMonitoring },
  'server-discovery-and-monitoring/tests/rs': { suite: 'sdam-rs', runner: sdam },
  'server-discovery-and-monitoring/tests/sharded': { suite: 'sdam-sharded', runner: sdam },
  'server-discovery-and-monitoring/tests/single': { suite: 'sdam-single', runner: sdam },
  'server-discovery-and-monitoring/tests/unified': { suite: 'sdam-unified', runner: unified },
  'server-selection/tests/in_window': { suite: 'server-selection-in-window', runner: inWindow },
  'server-selection/tests/logging': { suite: 'server-selection-logging', runner: unified },
  'server-selection/tests/rtt': { suite: 'server-selection-rtt', runner: rtt },
  'server-selection/tests/server_selection': { suite: 'server-selection', runner: serverSelection },
  sessions: { suite: 'sessions', runner: unified },
  transactions: { suite: 'transactions', runner: unified },
  'transactions-convenient-api': { suite: 'transactions-convenient-api', runner: unified },
  'unified-test-format': { suite: 'unified-test-format-schemas', notBuilt: 'schemas of the format, no cases' },
  'unified-test-format/tests/invalid': { suite: 'unified-test-format-invalid', runner: unifiedToRefuse },
  'unified-test-format/tests/valid-fail': { suite: 'unified-test-format-valid-fail', runner: unifiedToFail },
  'unified-test-format/tests/valid-pass': { suite: 'unified-test-format-valid-pass', runner: unified },
  'uri-options/tests': { suite: 'uri-options', runner: uriOptions },
  'versioned-api': { suite: 'versioned-api', runner: unified }
}
