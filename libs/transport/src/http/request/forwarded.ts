import { BlockList, isIP } from 'node:net';
import type { IncomingMessage as Request } from 'node:http';
import { PermanentError } from '../../errors.ts';

/** Where a proxy says that it took a prefix from the path (as Traefik and Spring do; no RFC has a name for it). */
const PREFIX = 'x-forwarded-prefix';

/** Segments of letters that nobody escapes: `/shop`. Two slashes at its beginning would be another host. */
const PLAIN = /^(\/[\w.~-]+)+$/;

/** The proxies whose word is taken for how a client sees this service: addresses and subnets, `127.0.0.1`, `10.0.0.0/8`, `fd00::/8`. */
export class TrustedProxies {
  private readonly list = new BlockList();

  constructor(given: readonly string[]) {
    for (const one of given) this.add(one);
  }

  has(address: string | undefined): boolean {
    const plain = address?.replace(/^::ffff:(?=\d+\.)/i, '') ?? '';
    return isIP(plain) !== 0 && this.list.check(plain, familyOf(plain));
  }

  /** What the proxy that sent a request took from its path: `/shop`, or nothing. */
  prefixOf({ headers, socket }: Request): string {
    const given = String(headers[PREFIX] ?? '').replace(/\/$/, '');
    return PLAIN.test(given) && !/\/\.{1,2}(\/|$)/.test(given) && this.has(socket.remoteAddress) ? given : '';
  }

  private add(one: string): void {
    const [address = '', bits] = one.split('/');
    try {
      if (bits === undefined) this.list.addAddress(address, familyOf(address));
      else this.list.addSubnet(address, Number(bits), familyOf(address));
    } catch {
      throw new PermanentError(`TRUSTED_PROXIES: ${one} is not an IP address or a subnet`);
    }
  }
}

const familyOf = (address: string) => (isIP(address) === 6 ? 'ipv6' : 'ipv4');
