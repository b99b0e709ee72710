import { z } from 'zod';
import { defineCheck } from '../define-check.ts';
import { runScanner } from '../run-scanner.ts';
import { hostMatcher, hostsSchema, parseUrl } from './hosts.ts';

const MAX_URL_CHARS = 2_048;
const URLS = new RegExp(`(?<![a-z])(?:https?|ftp|wss?):[\\\\/]{1,4}[^\\s<>"'\`)\\]}]{1,${MAX_URL_CHARS}}`, 'gi');

export const urlAllowList = defineCheck({
  name: 'url-allow-list',
  description: 'URLs to hosts that are not on a list.',
  redacts: true,
  config: z.strictObject({ allow: hostsSchema.describe('Hosts such as docs.example.com or *.example.com.') }),
  create({ allow }) {
    const allowed = hostMatcher(allow);
    return [
      {
        ...runScanner({
          pattern: URLS,
          inside: /[^\s<>"'`)\]}]/,
          longest: MAX_URL_CHARS + 12,
          judge([text]) {
            const url = parseUrl(text);
            return url !== undefined && allowed(url)
              ? undefined
              : { what: 'a URL to a host that is not allowed', noun: 'url' };
          },
        }),
        // A look-alike host is another host: it must not be folded into an allowed one.
        reads: 'normal',
      },
    ];
  },
});
