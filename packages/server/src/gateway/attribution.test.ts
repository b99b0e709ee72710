import { describe, expect, it } from 'vitest';
import { attributionFromHeaders } from './attribution.ts';
import { withBodyAttribution } from './llm/body-attribution.ts';
import { presentedCredential } from './presented-credential.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';

describe('attributionFromHeaders', () => {
  it('reads headers before baggage, and the trace id', () => {
    expect(
      attributionFromHeaders({
        'x-reeve-run': 'nightly-1',
        'x-reeve-feature': 'refunds',
        baggage: 'reeve.feature=other,reeve.user=maya%40example.com;p=1,x=%E0%A4%A',
        traceparent: `00-${TRACE}-b7ad6b7169203331-01`,
      }),
    ).toEqual({ run: 'nightly-1', feature: 'refunds', user: 'maya@example.com', traceId: TRACE });
  });

  it.each(['', 'a b', 'a'.repeat(65), 'ä', 'a/b', 'a\nb'])('refuses the run name %j', (name) => {
    expect(() => attributionFromHeaders({ 'x-reeve-run': name })).toThrow('x-reeve-run must be');
  });

  it('refuses values that are too long or hold control characters, and ignores a bad traceparent', () => {
    expect(() => attributionFromHeaders({ 'x-reeve-user': 'a'.repeat(257) })).toThrow('x-reeve-user');
    expect(() => attributionFromHeaders({ 'x-reeve-reason': 'a\u0000b' })).toThrow('x-reeve-reason');
    expect(attributionFromHeaders({ traceparent: `00-${'0'.repeat(32)}-b7ad6b7169203331-01` })).toEqual({});
  });
});

describe('withBodyAttribution', () => {
  it('reads the fields that SDKs have; headers win', () => {
    const metadata = { feature: 'a', run: 'r1', session: 5 };
    expect(withBodyAttribution('openai', { metadata, user: 'u', safety_identifier: 's' }, { feature: 'b' })).toEqual({
      feature: 'b',
      run: 'r1',
      user: 's',
    });
    expect(withBodyAttribution('anthropic', { metadata: { user_id: 'u', feature: 'no' } }, {})).toEqual({ user: 'u' });
  });

  it('leaves alone what is no tag', () => {
    expect(withBodyAttribution('openai', { metadata: { run: 'my run' }, user: 7 }, {})).toEqual({});
  });
});

describe('presentedCredential', () => {
  it.each([
    [{ authorization: 'Bearer k' }, 'k', 'authorization'],
    [{ authorization: 'bearer  k ' }, 'k', 'authorization'],
    [{ authorization: 'Basic abc', 'x-api-key': 'k' }, undefined, 'authorization'],
    [{ 'x-api-key': 'k', 'x-goog-api-key': 'other' }, 'k', 'x-api-key'],
    [{ 'x-goog-api-key': 'k' }, 'k', 'x-goog-api-key'],
    [{ 'x-api-key': '' }, undefined, 'none'],
  ] as const)('%j', (headers, secret, source) => {
    expect(presentedCredential(headers, '127.0.0.1', '/v1/x?key=1')).toEqual({
      secret,
      source,
      remoteAddress: '127.0.0.1',
      userAgent: '',
      path: '/v1/x',
    });
  });
});
