import type { ChannelOptions } from '@grpc/grpc-js';

/**
 * Both sides ping each other every 10 s, and give a connection up on which no answer comes within 5 s: grpc-js never notices one
 * that is silent otherwise. Servers that are not ours may answer such pings with `too_many_pings`; grpc-js then pings less often.
 */
export const KEEPALIVE: ChannelOptions = {
  'grpc.keepalive_time_ms': 10_000,
  'grpc.keepalive_timeout_ms': 5000,
  'grpc.keepalive_permit_without_calls': 1,
};
