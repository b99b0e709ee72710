import type { CredentialId } from '@reeve/contracts';

/** What a caller showed, wherever its SDK puts it. */
export interface PresentedCredential {
  /** The secret text, or undefined where none was sent. Never logged or stored. */
  readonly secret: string | undefined;
  readonly source: 'authorization' | 'x-api-key' | 'x-goog-api-key' | 'none';
  readonly remoteAddress: string;
  readonly userAgent: string;
  /** Path of the request, to describe shadow agents. */
  readonly path: string;
}

/** Who acts. */
export interface Identity {
  readonly workspace: string;
  readonly agent: string;
  readonly credentialId: CredentialId;
}
