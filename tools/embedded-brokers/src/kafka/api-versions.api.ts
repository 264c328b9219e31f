import { type Api, NO_THROTTLE } from './api.ts';
import { ERRORS } from './errors.ts';
import { Writer } from './wire/writer.ts';

interface Supported {
  key: number;
  versions: readonly [min: number, max: number];
}

const KEY = 18;
const VERSIONS = [0, 3] as const;
const FLEXIBLE = 3;
const PRODUCE = 0;

/*
  ApiVersions Request (Version: 0-3) => client_software_name client_software_version TAG_BUFFER
    client_software_name => COMPACT_STRING                     (3+)
    client_software_version => COMPACT_STRING                  (3+)

  ApiVersions Response (Version: 0-3) => error_code [api_keys] throttle_time_ms TAG_BUFFER
    error_code => INT16
    api_keys => api_key min_version max_version TAG_BUFFER     (a COMPACT_ARRAY in 3+)
      api_key => INT16
      min_version => INT16
      max_version => INT16
    throttle_time_ms => INT32                                  (1+)
*/
export function apiVersionsOf(apis: readonly Supported[]): Api {
  const supported = [...apis, { key: KEY, versions: VERSIONS }];
  return {
    key: KEY,
    name: 'ApiVersions',
    versions: VERSIONS,
    flexibleFrom: FLEXIBLE,
    answer: (_request, { version }) => {
      const writer = new Writer().int16(ERRORS.NONE);
      if (version < FLEXIBLE)
        return writer.array(supported, writeVersions).when(version >= 1, (w) => w.int32(NO_THROTTLE));
      return writer
        .compactArray(supported, (w, api) => writeVersions(w, api).noTags())
        .int32(NO_THROTTLE)
        .noTags();
    },
    // KIP-511: in version 0, which every client can read, so that it can try again
    unsupported: () => new Writer().int16(ERRORS.UNSUPPORTED_VERSION).array(supported, writeVersions),
  };
}

function writeVersions(writer: Writer, { key, versions: [min, max] }: Supported): Writer {
  // as Kafka 4 does: librdkafka assumes that codecs are missing if Produce does not start at 0 (KAFKA-18659)
  return writer
    .int16(key)
    .int16(key === PRODUCE ? 0 : min)
    .int16(max);
}
