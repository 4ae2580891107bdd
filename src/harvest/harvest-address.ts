import { type LookupAddress, lookup as systemLookup } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { UnicaError } from '#base';

const LOOPBACK_NAMES: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

/** IPv4 addresses that are not those of a public host (IANA special-purpose registry, RFC 6890), multicast and reserved ones. */
const NOT_PUBLIC_4 = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const;

/** Within 2000::/3, which is all that is public of IPv6: what only carries other addresses, and examples. */
const NOT_PUBLIC_6 = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const;

const notPublic4 = new BlockList();
for (const [network, prefix] of NOT_PUBLIC_4) notPublic4.addSubnet(network, prefix, 'ipv4');
const notPublic6 = new BlockList();
for (const [network, prefix] of NOT_PUBLIC_6) notPublic6.addSubnet(network, prefix, 'ipv6');
const public6 = new BlockList();
public6.addSubnet('2000::', 3, 'ipv6');

/** True for an address that any machine of the internet may have; IPv4 written as IPv6 is not taken for one. */
export function isPublicIp(ip: string): boolean {
  switch (isIP(ip)) {
    case 4:
      return !notPublic4.check(ip, 'ipv4');
    case 6:
      return public6.check(ip, 'ipv6') && !notPublic6.check(ip, 'ipv6');
    default:
      return false;
  }
}

/**
 * An address that may be read: https, of no private host, without a password. Hosts that the operator lists may be private, and
 * those of this machine among them may speak http.
 * @param allowedHosts as addresses write them, in lower case; IPv6 in brackets
 * @throws UnicaError `harvest.address`, `harvest.private-address`
 */
export function harvestAddress(text: string, allowedHosts: ReadonlySet<string>): URL {
  const refuse = (problem: string) => new UnicaError('harvest.address', { address: text.slice(0, 200), problem });
  if (text.length > 2000) throw refuse('it is longer than 2000 characters');
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw refuse('it is no address');
  }
  const isAllowed = allowedHosts.has(url.hostname);
  const isOpenLine = url.protocol === 'http:' && LOOPBACK_NAMES.has(url.hostname) && isAllowed;
  if (url.protocol !== 'https:' && !isOpenLine) throw refuse('it does not begin with https://');
  if (url.username !== '' || url.password !== '') throw refuse('it holds a name or password');
  const literal = url.hostname.replace(/^\[|\]$/g, '');
  if (isIP(literal) !== 0 && !isAllowed && !isPublicIp(literal)) throw notPublic(url.hostname);
  url.hash = '';
  // Written out it may be several times as long, and nothing longer is kept or told.
  if (url.href.length > 2000) throw refuse('it is longer than 2000 characters');
  return url;
}

/** Hosts of a setting, or what is wrong with the first that could never be met in an address. */
export type ListedHosts =
  | { readonly kind: 'hosts'; readonly hosts: ReadonlySet<string> }
  | { readonly kind: 'refused'; readonly problem: string };

/**
 * Hosts with commas between them, in the form that addresses have them in: lower case, names with other letters as `xn--`, IPv6 in
 * brackets. A host that an address would never spell so is refused, because it would match nothing and nobody would know why.
 */
export function listedHosts(text: string): ListedHosts {
  const refuse = (problem: string): ListedHosts => ({ kind: 'refused', problem });
  const hosts = new Set<string>();
  for (const part of text.split(',')) {
    const said = part.trim();
    if (said === '') continue;
    const host = isIP(said) === 6 ? `[${said}]` : said;
    if (host.includes('/')) return refuse(`${said} is an address; write the name of its host alone`);
    if (/:\d*$/.test(host))
      return refuse(
        `${said} names a port; write ${host.replace(/:\d*$/, '')}, which stands for every port of the host`,
      );
    const url = URL.canParse(`https://${host}/`) ? new URL(`https://${host}/`) : undefined;
    if (
      url === undefined ||
      host.includes('*') ||
      url.username !== '' ||
      url.port !== '' ||
      url.pathname !== '/' ||
      url.search !== '' ||
      url.hash !== ''
    )
      return refuse(`${said} is no name of a host`);
    hosts.add(url.hostname);
  }
  return { kind: 'hosts', hosts };
}

/** Private hosts that a visit may go to: a catalogue at none of them leads into none of them, whatever it names and wherever it sends on to. */
export function privateHostsFor(address: string, allowedHosts: ReadonlySet<string>): ReadonlySet<string> {
  return URL.canParse(address) && allowedHosts.has(new URL(address).hostname) ? allowedHosts : new Set();
}

/**
 * Finds the addresses of a host and lets a connection be made only where all of them are public: what is checked is what is
 * connected to, so that a name cannot point elsewhere a moment later.
 */
export function guardedLookup(
  allowedHosts: ReadonlySet<string>,
  find: typeof systemLookup = systemLookup,
): LookupFunction {
  return (hostname, options, callback) => {
    find(hostname, { ...options, all: true }, (error, found: LookupAddress[]) => {
      if (error !== null) return callback(error, '', 0);
      if (!allowedHosts.has(hostname.toLowerCase()) && !found.every(({ address }) => isPublicIp(address))) {
        return callback(notPublic(hostname), '', 0);
      }
      const [first] = found;
      if (options.all) callback(null, found);
      else callback(null, first?.address ?? '', first?.family ?? 0);
    });
  };
}

function notPublic(host: string): UnicaError {
  return new UnicaError('harvest.private-address', { host: host.slice(0, 200) });
}
