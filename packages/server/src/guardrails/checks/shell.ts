import { z } from 'zod';
import { anchoredScanner } from '../anchored-scanner.ts';
import { defineCheck } from '../define-check.ts';
import type { Span } from '../scanner.ts';

const MAX_COMMAND_CHARS = 400;
const ANCHOR =
  /(?<![\w-])(?:rm|mkfs|dd|chmod|chown|curl|wget|nc|ncat|bash|sh|zsh|shutdown|reboot|halt|base64|eval|find|shred|iptables|ufw|crontab|history|git|kubectl|docker|python3?|perl|powershell|Remove-Item|format)(?![\w-])|\/dev\/(?:tcp|sd|nvme)|:\(\)/gi;
const DANGERS: readonly (readonly [what: string, pattern: RegExp])[] = [
  ['a command that deletes recursively', /^rm (?:-\S{1,20} ){0,4}-(?:\w{0,8}[rR]\w{0,8}|-recursive)\b/],
  ['a command that deletes recursively', /^rm (?:-\S{1,20} ){0,4}--no-preserve-root/],
  ['a command that deletes recursively', /^find \S{1,200} [^|;\n]{0,200}-(?:delete|exec rm)\b/],
  ['a command that deletes recursively', /^Remove-Item [^;\n]{0,200}-Recurse/i],
  ['a command that erases a disk', /^(?:mkfs(?:\.\w+)? |dd [^\n]{0,200}\bof=\/dev\/|shred |format [a-z]:)/i],
  ['a command that writes to a disk device', /^\/dev\/(?:sd[a-z]|nvme\d)/],
  ['a command that runs what it downloads', /^(?:curl|wget) [^\n;]{0,300}\| ?(?:sudo )?(?:ba|z|da|k)?sh\b/],
  ['a command that runs what it downloads', /^(?:bash|sh|zsh|eval) [^\n]{0,40}[<$]\(? ?\(? ?(?:curl|wget)\b/],
  ['a command that runs hidden text', /^base64 (?:-d|-D|--decode)[^\n]{0,100}\| ?(?:ba|z)?sh\b/],
  ['a command that opens a remote shell', /^(?:nc|ncat) [^\n]{0,100}(?:-e|-c) ?\/?\w/],
  ['a command that opens a remote shell', /^\/dev\/tcp\//],
  ['a command that opens a remote shell', /^(?:python3?|perl) -[ce] [^\n]{0,200}socket/],
  ['a command that opens everything to everybody', /^chmod (?:-R )?0?777 /],
  ['a command that changes ownership of the system', /^chown -R [^\n]{1,60} \/(?: |$|etc|usr|var)/],
  ['a command that stops the machine', /^(?:shutdown|reboot|halt)(?: -|\s?$| now)/],
  ['a fork bomb', /^:\(\) ?\{ ?:\|/],
  ['a command that opens the firewall', /^(?:iptables -F|ufw disable)/],
  ['a command that removes scheduled jobs', /^crontab -r/],
  ['a command that hides its traces', /^history -c/],
  ['a command that rewrites published history', /^git push [^\n;]{0,100}(?:--force|-f)\b/],
  ['a command that deletes infrastructure', /^(?:kubectl delete |docker (?:system prune|rm -f|volume rm))/],
  ['an encoded PowerShell command', /^powershell[^\n]{0,60} -(?:e|enc|encodedcommand) /i],
];

export const shell = defineCheck({
  name: 'shell',
  description:
    'Dangerous shell commands: recursive deletion, disk erasure, download and run, remote shells. Patterns, not a parser.',
  redacts: false,
  config: z.strictObject({}),
  create: () => [
    anchoredScanner({ anchor: ANCHOR, reach: MAX_COMMAND_CHARS, until: /(?<!\\)\n|(?<!\|)[.!?] /g, judge }),
  ],
});

function judge(slice: string): readonly Span[] {
  const command = slice
    .replace(/\\\n/g, ' ')
    .replace(/[ \t]+/g, ' ')
    .replace(/["']/g, '');
  const danger = DANGERS.find(([, pattern]) => pattern.test(command));
  return danger === undefined ? [] : [{ start: 0, end: slice.length, what: danger[0], noun: 'command' }];
}
