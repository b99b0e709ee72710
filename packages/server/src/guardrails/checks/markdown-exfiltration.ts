import { z } from 'zod';
import { anchoredScanner } from '../anchored-scanner.ts';
import { defineCheck } from '../define-check.ts';
import { hostMatcher, hostsSchema, parseUrl } from './hosts.ts';

const MAX_URL_CHARS = 2_048;
// The image or link target, where a reader's client would go: `](url`, `]: url`, `src=url`, `<url`.
const ANCHOR = /\]\(|\]:|\b(?:src|href)=|<https?:/gi;
const TARGET = new RegExp(
  `^(?:\\]\\(|\\]:|(?:src|href)=|<)\\s{0,8}["'<]?((?:https?:)?[\\\\/]{2}[^\\s)>"']{1,${MAX_URL_CHARS}})`,
  'i',
);
const DATA_PATH_CHARS = 40;

export const markdownExfiltration = defineCheck({
  name: 'markdown-exfiltration',
  description: 'Links and images in Markdown or HTML that carry data in their URL to a host that is not allowed.',
  redacts: true,
  config: z.strictObject({
    allow: hostsSchema.default([]).describe('Hosts such as docs.example.com or *.example.com.'),
  }),
  create({ allow }) {
    const allowed = hostMatcher(allow);
    return [
      anchoredScanner({
        reads: 'normal',
        anchor: ANCHOR,
        reach: MAX_URL_CHARS + 24,
        until: /[^\s("'<:=][\s)>"']/g,
        judge(slice) {
          const match = TARGET.exec(slice);
          const target = match?.[1];
          if (match === null || target === undefined) return [];
          const url = parseUrl(target.replace(/^[\\/]{2}/, 'https://'));
          if (url !== undefined && (allowed(url) || !carriesData(url))) return [];
          const start = match[0].length - target.length;
          return [
            {
              start,
              end: match[0].length,
              what: 'a link that carries data to a host that is not allowed',
              noun: 'link',
            },
          ];
        },
      }),
    ];
  },
});

function carriesData(url: URL): boolean {
  if (url.search.length > 1 || url.hash.length > DATA_PATH_CHARS || url.username !== '') return true;
  return (
    url.pathname.split('/').some((segment) => segment.length > DATA_PATH_CHARS) ||
    url.hostname.length > 2 * DATA_PATH_CHARS
  );
}
