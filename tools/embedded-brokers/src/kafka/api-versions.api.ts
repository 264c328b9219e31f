import { type Api, api } from './api.ts';
import { ERRORS } from './errors.ts';
import { array, boolean, int16, int32, int64, string, tagged } from './wire/fields.ts';

/** Its responses have the first header in all versions, since the client does not know yet what the broker supports. */
export const API_VERSIONS = 18;

const PRODUCE = 0;

export function apiVersionsOf(apis: readonly Api[]): Api {
  const own: Api = api({
    key: 18,
    name: 'ApiVersions',
    versions: [0, 4],
    flexible: 3,
    request: {
      clientSoftwareName: string('3+'),
      clientSoftwareVersion: string('3+'),
    },
    response: {
      errorCode: int16(),
      apiKeys: array({ apiKey: int16(), minVersion: int16(), maxVersion: int16() }),
      throttleTimeMs: int32('1+'),
      supportedFeatures: tagged(0, array('3+', { name: string(), minVersion: int16(), maxVersion: int16() })),
      finalizedFeaturesEpoch: tagged(1, int64('3+', -1n)),
      finalizedFeatures: tagged(2, array('3+', { name: string(), maxVersionLevel: int16(), minVersionLevel: int16() })),
      zkMigrationReady: tagged(3, boolean('3+')),
    },
    answer: () => ({ apiKeys: shown() }),
    // KIP-511: in version 0, which every client can read, so that it can try again
    unsupported: () => ({ errorCode: ERRORS.UNSUPPORTED_VERSION, apiKeys: shown() }),
  });
  return own;

  // as Kafka 4 does: librdkafka assumes that codecs are missing if Produce does not start at 0 (KAFKA-18659)
  function shown() {
    return [...apis, own].map(({ key, versions: [min, max] }) => ({
      apiKey: key,
      minVersion: key === PRODUCE ? 0 : min,
      maxVersion: max,
    }));
  }
}
