import { startKafka } from '../src/kafka/broker.ts';
import type { Suite } from './suite.ts';

/** The tests of its client, with fewer records and partitions than its authors use. */
export const franzGo: Suite = {
  name: 'franz-go',
  module: 'github.com/twmb/franz-go',
  version: 'v1.22.3',
  package: './pkg/kgo',
  flags: [],
  exclusions: [
    { test: 'TestTxnEtl', reason: 'transactions are refused' },
    { test: 'TestSCRAMAuth', reason: 'SASL is refused' },
    { test: 'TestSCRAMAuthBadCredentials', reason: 'SASL is refused' },
    { test: 'TestOAuthAuth', reason: 'SASL is refused' },
    { test: 'TestShareGroup', reason: 'no share groups (KIP-932)' },
    { test: 'TestShareGroupETL', reason: 'no share groups (KIP-932)' },
    { test: 'TestShareGroupAckOnClose', reason: 'no share groups (KIP-932)' },
    { test: 'TestShareGroupOffsetsAdmin', reason: 'no share groups (KIP-932)' },
    { test: 'TestConsumeRegexShareSkipsInternal', reason: 'no share groups (KIP-932)' },
    { test: 'Test848RegexBrokerResolves', reason: 'no consumer groups of KIP-848' },
    {
      test: 'TestIssueProduceBrokerTooOldFailsRecords',
      reason: 'asks for a broker without Produce 0 to 2, which old clients use here',
    },
  ],

  async start() {
    const broker = await startKafka();
    return {
      environment: {
        KGO_SEEDS: broker.brokers,
        KGO_LOG_LEVEL: 'none',
        KGO_TEST_RF: '1',
        KGO_TEST_RECORDS: '2000',
        KGO_TEST_MAX_TOPIC_PARTS: '3',
      },
      close: () => broker.close(),
    };
  },
};
