import { z } from 'zod';

export const hostsSchema = z
  .array(z.string().regex(/^(?:\*\.)?[A-Za-z0-9.-]+$/, 'a host such as docs.example.com or *.example.com'))
  .max(500);

/** Whether a URL goes to one of some hosts; `*.example.com` also covers example.com. */
export function hostMatcher(hosts: readonly string[]): (url: URL) => boolean {
  const exact = new Set(hosts.map((host) => host.toLowerCase().replace(/^\*\./, '')));
  const suffixes = hosts.filter((host) => host.startsWith('*.')).map((host) => host.slice(1).toLowerCase());
  return (url) => {
    const host = url.hostname.toLowerCase().replace(/\.$/, '');
    return exact.has(host) || suffixes.some((suffix) => host.endsWith(suffix));
  };
}

export function parseUrl(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}
