/**
 * Whether an address is on the allow-list: same scheme as the API always, same port unless the entry names one. An entry is a host,
 * `*.host` for what lies below it, either with `:port`. Without entries only the API's own host is allowed.
 */
export function isAllowedDestination(url: URL, api: URL, destinations: readonly string[]): boolean {
  if (url.protocol !== api.protocol || url.username !== '' || url.password !== '') return false;
  if (destinations.length === 0) return url.host === api.host;
  return destinations.some((entry) => fits(url, api, entry));
}

/** What is wrong with an entry, or undefined. */
export function destinationFault(entry: string): string | undefined {
  if (/^(\*\.)?([a-z0-9_]([a-z0-9_-]*[a-z0-9_])?\.)*[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(:\d{1,5})?$/i.test(entry))
    return undefined;
  if (/^\[[0-9a-f:.]+\](:\d{1,5})?$/i.test(entry)) return undefined;
  return `${JSON.stringify(entry)} is not a host such as api.example.com, *.example.com or api.example.com:8443`;
}

function fits(url: URL, api: URL, entry: string): boolean {
  const port = /:(\d+)$/.exec(entry)?.[1];
  if (portOf(url) !== (port === undefined ? portOf(api) : Number(port))) return false;
  const host = (port === undefined ? entry : entry.slice(0, -port.length - 1)).toLowerCase();
  if (host.startsWith('*.')) return url.hostname.endsWith(host.slice(1)) && url.hostname.length > host.length - 1;
  return url.hostname === host;
}

function portOf(url: URL): number {
  if (url.port !== '') return Number(url.port);
  return url.protocol === 'https:' ? 443 : 80;
}
