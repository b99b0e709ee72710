import type { Fleet, FleetProblem } from '../../registry/index.ts';
import type { ChannelConfig } from './channel.ts';

/** Channels that could never deliver: a secret that is not in the fleet, an address of no mail server. */
export function channelProblems(fleet: Fleet): FleetProblem[] {
  const problems: FleetProblem[] = [];
  for (const { kind, name, channels } of fleet.approvals.values()) {
    for (const [index, config] of channels.entries()) {
      const report = (path: readonly string[], message: string) =>
        problems.push({ object: { kind, name }, path: ['channels', index, ...path], message });
      for (const [path, secret] of secretsOf(config))
        if (!fleet.secrets.has(secret)) report(path, `there is no Secret "${secret}"`);
      if ('email' in config && !/^smtps?:\/\//.test(config.email.smtp))
        report(['email', 'smtp'], 'a mail server is smtp://host:port or smtps://host:port');
      if ('webhook' in config && !/^https?:\/\//.test(config.webhook.url))
        report(['webhook', 'url'], 'a webhook is https://... or http://...');
    }
  }
  return problems;
}

function secretsOf(config: ChannelConfig): readonly (readonly [readonly string[], string])[] {
  if ('slack' in config) {
    const { token, signingSecret } = config.slack;
    return [
      [['slack', 'token'], token],
      [['slack', 'signingSecret'], signingSecret],
    ];
  }
  if ('webhook' in config) return [[['webhook', 'secret'], config.webhook.secret]];
  const { credential } = config.email;
  return credential === undefined ? [] : [[['email', 'credential'], credential]];
}
