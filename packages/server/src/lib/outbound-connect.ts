import { type LookupAddress, lookup as systemLookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { buildConnector } from 'undici';
import { isLocalName, isPublicAddress } from './outbound-address.ts';
import { ReeveError } from './reeve-error.ts';

/** All addresses of a name. A parameter so that tests can play a hostile resolver. */
export type ResolveName = (
  hostname: string,
  done: (error: Error | null, addresses: readonly LookupAddress[]) => void,
) => void;

export interface ConnectRules {
  readonly resolve?: ResolveName;
  readonly isPublic?: (address: string) => boolean;
}

const CONNECT_TIMEOUT_MS = 10_000;
const OPTIONS = { timeout: CONNECT_TIMEOUT_MS, allowH2: false } as const;

export function operatorConnector(): buildConnector.connector {
  return buildConnector(OPTIONS);
}

/** Judges what it connects to: the socket gets the addresses that were judged, so a second answer of the resolver changes nothing. */
export function publicConnector(rules: ConnectRules): buildConnector.connector {
  const isPublic = rules.isPublic ?? isPublicAddress;
  const connect = buildConnector({ ...OPTIONS, lookup: judgedLookup(rules.resolve ?? resolveAll, isPublic) });
  return (options, callback) => {
    const host = options.hostname.replace(/^\[|\]$/g, '');
    // A literal address never reaches lookup.
    const refused = isIP(host) === 0 ? isLocalName(host) : !isPublic(host);
    if (refused) callback(notPublic(host), null);
    else connect(options, callback);
  };
}

function judgedLookup(resolve: ResolveName, isPublic: (address: string) => boolean): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, (error, addresses) => {
      const [first] = addresses;
      if (error !== null || first === undefined) {
        callback(error ?? new Error(`${hostname} has no address`), '', 0);
      } else if (!addresses.every((entry) => isPublic(entry.address))) {
        callback(notPublic(hostname), '', 0);
      } else if (options.all === true) callback(null, [...addresses]);
      else callback(null, first.address, first.family);
    });
  };
}

function resolveAll(hostname: string, done: Parameters<ResolveName>[1]): void {
  systemLookup(hostname, { all: true, verbatim: true }, (error, addresses) => done(error, addresses ?? []));
}

/** Says the name that was asked for and never what it resolved to: that would map our network for the caller. */
function notPublic(host: string): ReeveError {
  return new ReeveError('destination_denied', `${host} is not a public address`, { detail: { failure: 'refused' } });
}
